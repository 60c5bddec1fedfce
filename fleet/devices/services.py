"""Changes of devices. Each is one transaction with its timeline line and its audit entry."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from fleet.access import audit
from fleet.devices import lifecycle
from fleet.devices.choices import DeviceState, EventKind
from fleet.devices.labels.rules import checked_labels
from fleet.devices.lifecycle import Act
from fleet.devices.models import Device, DeviceEvent
from fleet.devices.models.device import NAME_MAX
from fleet.devices.models.event import TEXT_MAX
from fleet.devices.signals import device_leaves
from fleet.lib.actor import Actor
from fleet.lib.canonical import canonical_json
from fleet.lib.db import compare_and_set
from fleet.lib.errors import Refused, Stale, TooLarge

ATTRIBUTES_MAX_BYTES = 16 * 1024


def device_event(
    device: Device, kind: str, text: str, detail: Mapping[str, Any] | None = None
) -> DeviceEvent:
    """Add a line to the device's timeline."""
    return DeviceEvent.objects.create(
        device=device, kind=kind, text=text[:TEXT_MAX], detail=dict(detail or {})
    )


def device_accept(*, device: Device, by: Actor) -> Device:
    """Let a pending or rejected device take part."""
    return _move(device, Act.ACCEPT, by)


def device_reject(*, device: Device, by: Actor) -> Device:
    """Keep a device out until somebody accepts it."""
    return _move(device, Act.REJECT, by)


def device_decommission(*, device: Device, by: Actor) -> Device:
    """Take a device out of service permanently: its next request is answered 410."""
    return _move(device, Act.DECOMMISSION, by)


@transaction.atomic
def device_edit(
    *,
    device: Device,
    by: Actor,
    name: str | None = None,
    labels: Mapping[str, object] | None = None,
) -> Device:
    """Rename a device or replace its labels. Raises Refused, Stale."""
    changes: dict[str, Any] = {}
    if name is not None:
        changes["name"] = checked_name(name)
    if labels is not None:
        changes["labels"] = checked_labels(labels)
    if not changes:
        return device
    expected = Device.objects.filter(pk=device.pk, updated_at=device.updated_at)
    if not compare_and_set(expected, **changes):
        raise Stale("Somebody else changed this device first.")
    before = {field: getattr(device, field) for field in changes}
    detail = {"before": before, "after": changes}
    device_event(device, EventKind.LABELS, f"Edited by {by.label}", detail)
    audit.record(by=by, action="devices.device_edit", subject=device.public_id, detail=detail)
    device.refresh_from_db()
    return device


@transaction.atomic
def device_report(
    *,
    device: Device,
    attributes: Mapping[str, Any] | None = None,
    running: Mapping[str, Any] | None = None,
) -> bool:
    """Store what the device says of itself; True when that changed anything. Raises TooLarge."""
    changes: dict[str, Any] = {}
    for field, value in (("attributes", attributes), ("running", running)):
        if value is not None and _bounded(value) != getattr(device, field):
            changes[field] = dict(value)
    if not changes:
        return False
    compare_and_set(Device.objects.filter(pk=device.pk), **changes)
    if "running" in changes:
        device_event(device, EventKind.RUNNING, _runs(changes["running"]), changes["running"])
    device.refresh_from_db()
    return True


def checked_name(name: str) -> str:
    """Return a name that a device may have. Raises Refused."""
    if not 1 <= len(name) <= NAME_MAX or not name.isprintable():
        raise Refused(f"A device's name has 1 to {NAME_MAX} printable characters.")
    return name


@transaction.atomic
def _move(device: Device, act: Act, by: Actor) -> Device:
    state = lifecycle.after(DeviceState(device.state), act)
    if state != DeviceState.ACCEPTED:
        reason = f"the device was {state.label.lower()} by {by.label}"
        device_leaves.send(sender=Device, device=device, reason=reason)
    if not compare_and_set(Device.objects.filter(pk=device.pk, state=device.state), state=state):
        raise Stale("Somebody else changed this device first.")
    detail = {"from": str(device.state), "to": str(state)}
    device_event(device, EventKind.STATE, f"{state.label} by {by.label}", detail)
    audit.record(by=by, action=f"devices.device_{act}", subject=device.public_id, detail=detail)
    device.refresh_from_db()
    return device


def _bounded(value: Mapping[str, Any]) -> dict[str, Any]:
    try:
        size = len(canonical_json(dict(value)))
    except TypeError as error:
        raise Refused("A device tells about itself in texts and whole numbers.") from error
    if size > ATTRIBUTES_MAX_BYTES:
        raise TooLarge(f"A device may tell {ATTRIBUTES_MAX_BYTES} bytes about itself, not {size}.")
    return dict(value)


def _runs(running: Mapping[str, Any]) -> str:
    model, version = running.get("model"), running.get("version")
    return f"Runs {model} {version}" if model else "Runs no model"
