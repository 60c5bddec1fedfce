"""LabelledCount: what true labels said of one device's inferences in one bucket of time.
LabelledItem: which windows and samples are counted in it, so that none counts twice.
"""

from django.db import models
from django.db.models import F, Q

from fleet.devices.models import Device
from fleet.lib import clock
from fleet.lib.text.json_field import JsonField
from fleet.telemetry.choices import DIGEST_MAX, JoinedBy
from registry.models import ModelVersion

KEY_MAX: int = 40  # characters: "w:" with boot and sequence, or "s:" with a digest


class LabelledCount(models.Model):
    """Counts of one version, device and bucket; only counted up."""

    version = models.ForeignKey(ModelVersion, on_delete=models.PROTECT, related_name="+")
    device = models.ForeignKey(Device, on_delete=models.CASCADE, related_name="+")
    bucket_at = models.DateTimeField(editable=False)
    # One way only, so that an inference named both ways is not counted twice.
    joined_by = models.CharField(max_length=8, choices=JoinedBy.choices, editable=False)
    labelled = models.PositiveBigIntegerField(default=0)
    correct = models.PositiveBigIntegerField(default=0)
    # How many should be right by the build's calibration; None where it stored none.
    expected = models.FloatField(null=True, blank=True)
    # [[predicted, true, count], …] by index of class; true is -1 where only "wrong" is known.
    pairs = JsonField(default=list)

    class Meta:
        ordering = ("-bucket_at", "-pk")
        constraints = [
            models.UniqueConstraint(
                # Also serves the reads: a version's rows in a window of time.
                fields=("version", "bucket_at", "device"),
                name="telemetry_labelled_count_once",
            ),
            models.CheckConstraint(
                condition=Q(correct__lte=F("labelled")), name="telemetry_labelled_count_adds_up"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.correct} of {self.labelled} right, {self.bucket_at:%Y-%m-%d %H:%M}"


class LabelledItem(models.Model):
    """One window or one sample that is counted; removed when it can no longer be sent again."""

    version = models.ForeignKey(ModelVersion, on_delete=models.CASCADE, related_name="+")
    device = models.ForeignKey(Device, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=KEY_MAX, editable=False)
    digest = models.CharField(max_length=DIGEST_MAX, editable=False)
    received_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=("version", "device", "key"), name="telemetry_labelled_item_once"
            )
        ]
        indexes = [
            # Serves retention: the oldest rows first.
            models.Index(fields=("received_at",), name="telemetry_labelled_item_age"),
        ]

    def __str__(self) -> str:
        return self.key
