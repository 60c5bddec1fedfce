"""Report: one sealed window of counts, as it arrived. Written once."""

from django.db import models
from django.db.models import F, Q

from fleet.devices.models import Device
from fleet.lib import clock
from fleet.telemetry.models.schema import TelemetrySchema


class Report(models.Model):
    """A window of one device."""

    device = models.ForeignKey(Device, on_delete=models.CASCADE, related_name="reports")
    schema = models.ForeignKey(TelemetrySchema, on_delete=models.PROTECT, related_name="reports")
    boot_id = models.BigIntegerField(editable=False)
    seq = models.BigIntegerField(editable=False)
    opened_at = models.DateTimeField(editable=False)
    closed_at = models.DateTimeField(editable=False)
    # How far the two may be off: a device without a clock tells uptime only.
    error_seconds = models.PositiveIntegerField(default=0, editable=False)
    samples = models.PositiveIntegerField(editable=False)
    flags = models.PositiveSmallIntegerField(default=0, editable=False)
    # Packed as on the wire: one small blob a window, not a row a bin.
    counts = models.BinaryField(editable=False)
    # What the device measured of itself: name -> the least and the greatest; mostly nothing.
    gauges = models.JSONField(default=dict, editable=False)
    bucket_at = models.DateTimeField(editable=False)
    received_at = models.DateTimeField(default=clock.now, editable=False)
    rolled_up = models.BooleanField(default=False, editable=False)

    class Meta:
        ordering = ("-received_at", "-pk")
        constraints = [
            # The ledger decides; this makes it impossible to count a window twice even if it erred.
            models.UniqueConstraint(
                fields=("device", "boot_id", "seq"), name="telemetry_report_once"
            ),
            models.CheckConstraint(
                condition=Q(closed_at__gte=F("opened_at")), name="telemetry_report_closes_later"
            ),
        ]
        indexes = [
            # Serves selectors.reports_since: a gate's devices since its wave opened.
            models.Index(fields=("schema", "device", "closed_at"), name="telemetry_report_window"),
            # Serves rollup: the few rows whose buckets are to be summed again.
            models.Index(
                fields=("schema", "bucket_at"),
                name="telemetry_report_fresh",
                condition=Q(rolled_up=False),
            ),
            # Serves retention: the oldest rows first.
            models.Index(fields=("received_at",), name="telemetry_report_age"),
        ]

    def __str__(self) -> str:
        return f"{self.device_id} boot {self.boot_id} seq {self.seq}"
