"""Shadow: a released version that devices of a group run beside the one they run; and what came of
it, per device.
"""

from django.db import models
from django.db.models import F, Q

from device_agent.protocol.field.shadow import REASON_MAX, ShadowState
from fleet.lib import clock, ids
from fleet.lib.db import Timestamped
from fleet.lib.text.json_field import JsonField
from ota.choices import STATE_MAX, ShadowRun, only, words
from ota.models.release import Release


def new_shadow_id() -> str:
    """A public id for a shadow."""
    return ids.new_id("shw")


class Shadow(Timestamped):
    """One challenger on the devices that belonged to a group when it began."""

    public_id = models.CharField(
        max_length=ids.MAX_LENGTH, unique=True, default=new_shadow_id, editable=False
    )
    release = models.ForeignKey(Release, on_delete=models.PROTECT, related_name="shadows")
    group = models.ForeignKey("devices.Group", on_delete=models.PROTECT, related_name="shadows")
    every = models.PositiveIntegerField()  # inferences of the champion for one of the challenger
    time_ms = models.PositiveIntegerField()  # that one inference may take
    memory_mib = models.PositiveIntegerField()  # that its process may hold
    until = models.DateTimeField()
    devices = models.PositiveIntegerField()  # that were told
    state = models.CharField(
        max_length=STATE_MAX, choices=words(ShadowRun), default=ShadowRun.RUNNING
    )
    started_by = models.CharField(max_length=200)
    stopped_by = models.CharField(max_length=200, blank=True)
    stopped_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at", "-pk"]
        constraints = [only("state", ShadowRun, "shadow_state_is_known")]

    def __str__(self) -> str:
        return f"{self.release} beside what {self.group} runs"


class ShadowCount(models.Model):
    """Totals of one device and boot under one champion: replaced by newer ones, never added to."""

    shadow = models.ForeignKey(Shadow, on_delete=models.CASCADE, related_name="counts")
    device = models.ForeignKey("devices.Device", on_delete=models.CASCADE, related_name="+")
    champion = models.ForeignKey(
        "registry.ModelVersion", on_delete=models.PROTECT, related_name="+"
    )
    boot_id = models.BigIntegerField()
    seq = models.BigIntegerField()
    state = models.CharField(max_length=STATE_MAX, choices=words(ShadowState))
    reason = models.CharField(max_length=REASON_MAX, blank=True)
    ran = models.PositiveBigIntegerField(default=0)
    agreed = models.PositiveBigIntegerField(default=0)
    skipped = models.PositiveBigIntegerField(default=0)
    pairs = JsonField(default=list)  # [[champion's class, challenger's class, inferences], …]
    told_at = models.DateTimeField(default=clock.now)

    class Meta:
        ordering = ["-told_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["shadow", "device", "champion", "boot_id"], name="shadow_count_once"
            ),
            models.CheckConstraint(condition=Q(agreed__lte=F("ran")), name="shadow_count_adds_up"),
        ]

    def __str__(self) -> str:
        return f"{self.agreed} of {self.ran} on {self.device_id}"
