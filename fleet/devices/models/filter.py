"""DeviceFilter: a filter of the list of devices under a name, for one person or for all."""

from django.conf import settings
from django.db import models

from fleet.devices.choices import FILTER_NAME_MAX
from fleet.lib.db import Timestamped
from fleet.lib.ids import MAX_LENGTH, new_id


def filter_id() -> str:
    """Return a public id for a new filter."""
    return new_id("flt")


class DeviceFilter(Timestamped):
    """What a person asked of the list of devices: `asked` by the names of its fields."""

    public_id = models.CharField(
        max_length=MAX_LENGTH, unique=True, default=filter_id, editable=False
    )
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="device_filters"
    )
    name = models.CharField(max_length=FILTER_NAME_MAX)
    asked = models.JSONField()
    shared = models.BooleanField(default=False)

    class Meta:
        ordering = ("-created_at", "-pk")
        constraints = [
            models.UniqueConstraint(fields=("owner", "name"), name="devices_devicefilter_name_once")
        ]

    def __str__(self) -> str:
        return self.name
