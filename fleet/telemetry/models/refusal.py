"""Refusal: how many windows of a device were refused, and why the last of them was."""

from django.db import models

from fleet.devices.models import Device
from fleet.lib import clock

CODE_MAX: int = 32
SENTENCE_MAX: int = 300  # characters


class Refusal(models.Model):
    """One row a device and reason; only counted up."""

    device = models.ForeignKey(Device, on_delete=models.CASCADE, related_name="refusals")
    code = models.CharField(max_length=CODE_MAX)
    windows = models.PositiveBigIntegerField(default=0)
    sentence = models.CharField(max_length=SENTENCE_MAX, blank=True)
    last_at = models.DateTimeField(default=clock.now)

    class Meta:
        ordering = ("-last_at", "-pk")
        constraints = [
            models.UniqueConstraint(fields=("device", "code"), name="telemetry_refusal_once")
        ]

    def __str__(self) -> str:
        return f"{self.windows} {self.code} of {self.device_id}"
