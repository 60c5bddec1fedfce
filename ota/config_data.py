"""Attributes that a device sends, and what it says it runs.

The members `release`, `model`, `version` and `sha256` tell what runs; the rest are attributes.
"""

from collections.abc import Mapping

from django.db import transaction

from device_agent.protocol.ddi import ConfigData, Mode
from fleet.devices import services as devices
from fleet.devices.models import Device
from fleet.lib.errors import NotFound
from ota.engine.states import ReleaseState
from ota.models import ReleaseArtifact, Slot

RUNNING = ("release", "model", "version", "sha256")


@transaction.atomic
def config_data_put(*, device: Device, config: ConfigData) -> None:
    """Store what was sent, and stop asking for it."""
    attributes = merged(device.attributes, config)
    devices.device_report(device=device, attributes=attributes, running=_running(config.data))
    Slot.objects.update_or_create(device=device, defaults={"config_wanted": False})


def installed_put(*, device: Device, model: str, label: str) -> bool:
    """Store that a device runs a published version already; True when that is news.

    Raises NotFound for a version that was never published for the device's target.
    """
    published = ReleaseArtifact.objects.filter(
        release__state=ReleaseState.PUBLISHED,
        release__version__model__name=model,
        release__version__label=label,
        target=device.target,
    )
    row = published.select_related("release").order_by("-release__published_at", "-pk").first()
    if row is None:
        raise NotFound(f"No published {model} {label} is for the target {device.target}.")
    running = {
        "release": row.release.public_id,
        "model": model,
        "version": label,
        "sha256": row.sha256,
    }
    return devices.device_report(device=device, running=running)


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
