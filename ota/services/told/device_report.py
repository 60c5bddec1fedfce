"""Attributes that a device sends, and what it says it runs (`ota.rollouts.running` tells how)."""

from django.db import transaction
from django.db.models import Q

from device_agent.protocol.ddi import ConfigData, MergeMode
from fleet.devices import services as devices
from fleet.devices.models import Device
from fleet.lib.errors import NotFound
from ota import epochs
from ota.engine.states import ReleaseState
from ota.models import DeviceUpdateState, ReleaseArtifact
from ota.releases.artifacts import ANY_TARGET
from ota.rollouts.running import merged, running_after, told
from ota.services import beliefs


@transaction.atomic
def config_data_put(*, device: Device, config: ConfigData) -> None:
    """Store what was sent, and stop asking for it."""
    said = told(config)
    tells = bool(said) and config.mode is not MergeMode.REMOVE
    word = beliefs.heard(device, said) if tells else beliefs.Word()
    asked = {"config_wanted": False} | ({"told_epoch": epochs.current()} if tells else {})
    DeviceUpdateState.objects.update_or_create(device=device, defaults=asked)
    devices.device_report(
        device=device,
        attributes=merged(device.attributes, config.data, config.mode),
        running=running_after(device.running, config),
    )
    beliefs.record(device, word)


@transaction.atomic
def installed_put(*, device: Device, model: str, label: str) -> bool:
    """Store that a device runs a published version already; True when that is news.

    Raises NotFound for a version that was never published for the device's target.
    """
    ours = Q(release__version__model__name=model, release__version__label=label)
    others = Q(release__name=model, release__own_label=label)
    published = ReleaseArtifact.objects.filter(
        ours | others,
        release__state=ReleaseState.PUBLISHED,
        target__in=[device.target, ANY_TARGET],
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
    word = beliefs.heard(device, running)
    DeviceUpdateState.objects.filter(device=device).update(told_epoch=epochs.current())
    fresh = devices.device_report(device=device, running=running)
    beliefs.record(device, word)
    return fresh
