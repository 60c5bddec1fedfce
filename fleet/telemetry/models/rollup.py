"""Rollup: all windows of a device, or of a version, in one bucket of time: counts as their sum, a
device's memory as the most it took.
"""

from django.db import models

from fleet.lib import clock
from fleet.lib.ids import MAX_LENGTH
from fleet.telemetry.choices import RollupLevel
from fleet.telemetry.models.schema import TelemetrySchema


class Rollup(models.Model):
    """Always recomputed from reports, never added to: a late or repeated window cannot distort
    it.
    """

    schema = models.ForeignKey(TelemetrySchema, on_delete=models.CASCADE, related_name="rollups")
    level = models.CharField(max_length=8, choices=RollupLevel.choices)
    key = models.CharField(max_length=MAX_LENGTH)  # public id of the device or the version
    bucket_at = models.DateTimeField()
    samples = models.PositiveBigIntegerField()
    reports = models.PositiveIntegerField()
    counts = models.BinaryField()  # little-endian unsigned 64-bit integers
    # The most memory that the device told in it; a version's is not kept.
    memory_kib = models.PositiveIntegerField(null=True, editable=False)
    computed_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [
            # Also serves the reads: a schema's rows of one level, by key and time.
            models.UniqueConstraint(
                fields=("schema", "level", "key", "bucket_at"), name="telemetry_rollup_once"
            )
        ]
        indexes = [
            # Serves selectors.device_counts: all devices of a schema in the trailing window.
            models.Index(fields=("schema", "level", "bucket_at"), name="telemetry_rollup_window")
        ]

    def __str__(self) -> str:
        return f"{self.level} {self.key} {self.bucket_at:%Y-%m-%d %H:%M}"
