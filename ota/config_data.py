"""Attributes that a device sends, and what it says it runs.

The members `release`, `model`, `version` and `sha256` tell what runs; the rest are attributes.
"""

from collections.abc import Mapping

from django.db import transaction

from device_agent.protocol.ddi import ConfigData, Mode
from fleet.devices import services as devices
from fleet.devices.models import Device
from ota.models import Slot

RUNNING = ("release", "model", "version", "sha256")


@transaction.atomic
def config_data_put(*, device: Device, config: ConfigData) -> None:
    """Store what was sent, and stop asking for it."""
    attributes = merged(device.attributes, config)
    devices.device_report(device=device, attributes=attributes, running=_running(config.data))
    Slot.objects.update_or_create(device=device, defaults={"config_wanted": False})


def merged(before: Mapping[str, str], config: ConfigData) -> dict[str, str]:
    """The attributes afterwards."""
    match config.mode:
        case Mode.MERGE:
            return {**before, **config.data}
        case Mode.REPLACE:
            return dict(config.data)
        case Mode.REMOVE:
            return {key: value for key, value in before.items() if key not in config.data}


def _running(data: Mapping[str, str]) -> dict[str, str] | None:
    """None where the device says nothing of it: other clients do not."""
    told = {key: data[key] for key in RUNNING if data.get(key)}
    return told if any(key in data for key in RUNNING) else None
