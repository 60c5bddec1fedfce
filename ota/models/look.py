"""GateLook: what one look of a gate found of one metric; together, a metric's trajectory."""

from django.db import models

from fleet.lib import clock
from fleet.lib.verdict import Verdict
from ota.choices import METRIC_MAX, STATE_MAX, only, words
from ota.models.rollout import REASON_MAX, Rollout, Wave


class GateLook(models.Model):
    """Written once a look; old ones are thinned, so that a long rollout keeps a bounded number.

    `low` to `high` is the interval that a fail rests on, `pass_low` to `pass_high` the narrower one
    that a pass rests on; both, the estimate and the margin are in the metric's natural units.
    An empty metric is the gate's word on all of them together.
    """

    rollout = models.ForeignKey(Rollout, on_delete=models.CASCADE, related_name="gate_looks")
    wave = models.ForeignKey(Wave, on_delete=models.CASCADE, related_name="gate_looks")
    gate = models.CharField(max_length=32)
    metric = models.CharField(max_length=METRIC_MAX, blank=True)
    at = models.DateTimeField(default=clock.now, editable=False)
    estimate = models.FloatField(null=True)
    low = models.FloatField(null=True)
    high = models.FloatField(null=True)
    pass_low = models.FloatField(null=True)
    pass_high = models.FloatField(null=True)
    margin = models.FloatField(null=True)
    harm = models.SmallIntegerField(default=0)  # -1 a fall harms, +1 a rise, 0 either
    verdict = models.CharField(max_length=STATE_MAX, choices=words(Verdict))
    sentence = models.CharField(max_length=REASON_MAX)
    devices = models.PositiveIntegerField(default=0)
    samples = models.PositiveBigIntegerField(default=0)

    class Meta:
        ordering = ["at", "pk"]
        constraints = [
            only("verdict", Verdict, "gate_look_verdict_is_known"),
            # Also serves the trajectories: a rollout's looks by gate and metric, in order of time.
            models.UniqueConstraint(
                fields=["rollout", "gate", "metric", "at"], name="gate_look_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.metric or self.gate}: {self.verdict}"
