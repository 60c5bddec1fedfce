"""DeviceEvent: one line of a device's timeline. Written once."""

from django.db import models

from fleet.devices.choices import EventKind
from fleet.devices.models.device import Device
from fleet.lib import clock
from fleet.lib.text.json_field import JsonField

TEXT_MAX: int = 300  # characters


class DeviceEvent(models.Model):
    """Something happened to a device."""

    device = models.ForeignKey(Device, on_delete=models.CASCADE, related_name="events")
    at = models.DateTimeField(default=clock.now, editable=False)
    kind = models.CharField(max_length=16, choices=EventKind.choices)
    text = models.CharField(max_length=TEXT_MAX)
    detail = JsonField(default=dict, blank=True)

    class Meta:
        ordering = ("-at", "-pk")
        indexes = [
            # Serves selectors.device_timeline: the newest lines of one device.
            models.Index(fields=("device", "-at", "-id"), name="devices_event_timeline"),
        ]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M:%S} {self.text}"
