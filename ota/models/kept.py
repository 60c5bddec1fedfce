"""What is kept beside assignments so that large rollouts stay cheap: counts, and who is yet to be
planned.
"""

from django.db import models

from fleet.lib.text.json_field import JsonField
from ota.choices import STATE_MAX
from ota.models.assignment import TEXT_MAX, new_assignment_id
from ota.models.rollout import Rollout, Wave


class AssignmentCount(models.Model):
    """A change of how many latest assignments of a wave are in a state; the sum of the rows counts.

    A trigger of the database appends them, in the transaction that moves an assignment: writers
    never wait for one another, and nothing that moves one can forget it. A tick adds them up.
    """

    rollout = models.ForeignKey(
        Rollout, on_delete=models.CASCADE, db_constraint=False, related_name="kept_counts"
    )
    wave = models.ForeignKey(
        Wave, on_delete=models.CASCADE, db_constraint=False, db_index=False, related_name="+"
    )
    kind = models.CharField(max_length=STATE_MAX)
    state = models.CharField(max_length=STATE_MAX)
    devices = models.IntegerField()

    def __str__(self) -> str:
        return f"{self.devices:+d} {self.kind} {self.state}"


class RolloutPlace(models.Model):
    """A device whose place in a rollout is fixed, and whose assignment is not made yet."""

    rollout = models.ForeignKey(
        Rollout,
        on_delete=models.CASCADE,
        db_constraint=False,
        db_index=False,
        related_name="places",
    )
    wave = models.ForeignKey(
        Wave, on_delete=models.CASCADE, db_constraint=False, db_index=False, related_name="+"
    )
    device = models.ForeignKey(
        "devices.Device",
        on_delete=models.CASCADE,
        db_constraint=False,
        db_index=False,
        related_name="+",
    )
    artifact = models.ForeignKey(
        "ota.ReleaseArtifact",
        on_delete=models.CASCADE,
        null=True,
        db_constraint=False,
        db_index=False,
        related_name="+",
    )
    public_id = models.CharField(max_length=32, default=new_assignment_id)
    position = models.PositiveIntegerField()
    skipped = models.CharField(max_length=TEXT_MAX, blank=True)  # why there is nothing to do
    delivery = JsonField(default=dict, blank=True)
    consent = models.CharField(max_length=STATE_MAX, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["rollout", "position"], name="rollout_place_once")
        ]

    def __str__(self) -> str:
        return f"place {self.position} of {self.rollout_id}"
