"""Ledger: which windows of one boot of a device arrived. It outlives the reports themselves."""

from django.db import models

from fleet.devices.models import Device
from fleet.lib.db import Timestamped
from fleet.lib.text.json_field import JsonField


class Ledger(Timestamped):
    """One row a device and boot; `revision` is what writers compare and set."""

    device = models.ForeignKey(Device, on_delete=models.CASCADE, related_name="ledgers")
    boot_id = models.BigIntegerField()
    high_seq = models.BigIntegerField(default=-1)
    # Ranges of sequence numbers, [[first, last], …] ascending: gaps are lost windows.
    received = JsonField(default=list)
    revision = models.PositiveIntegerField(default=0)
    # When the earliest known window of this boot opened: the boot before ended by then.
    first_opened_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=("device", "boot_id"), name="telemetry_ledger_once")
        ]

    def __str__(self) -> str:
        return f"boot {self.boot_id} of {self.device_id}"
