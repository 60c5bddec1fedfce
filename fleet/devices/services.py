"""Changes of devices. Each is one transaction with its timeline line and its audit entry."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from django.db import transaction

from fleet.access import audit
from fleet.devices import lifecycle
from fleet.devices.choices import DeviceState, EventKind
from fleet.devices.groups import group_members_change
from fleet.devices.labels.rules import checked_labels
from fleet.devices.lifecycle import Act
from fleet.devices.models import Device, DeviceEvent, Group
from fleet.devices.models.device import NAME_MAX
from fleet.devices.models.event import TEXT_MAX
from fleet.devices.models.key import REASON_MAX
from fleet.devices.signals import device_leaves
from fleet.lib.actor import Actor
from fleet.lib.canonical import canonical_json
from fleet.lib.db import compare_and_set
from fleet.lib.errors import FleetError, Refused, Stale, TooLarge

ATTRIBUTES_MAX_BYTES = 16 * 1024
DEVICES_MAX: Final = 1000  # changed in one call


def device_event(
    device: Device, kind: str, text: str, detail: Mapping[str, Any] | None = None
) -> DeviceEvent:
    """Add a line to the device's timeline."""
    return DeviceEvent.objects.create(
        device=device, kind=kind, text=text[:TEXT_MAX], detail=dict(detail or {})
    )


def device_accept(*, device: Device, by: Actor, reason: str = "") -> Device:
    """Let a pending or rejected device take part."""
    return _move(device, Act.ACCEPT, by, reason)


def device_reject(*, device: Device, by: Actor, reason: str = "") -> Device:
    """Keep a device out until somebody accepts it."""
    return _move(device, Act.REJECT, by, reason)


def device_decommission(*, device: Device, by: Actor, reason: str = "") -> Device:
    """Take a device out of service permanently: its next request is answered 410."""
    return _move(device, Act.DECOMMISSION, by, reason)


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
def _move(device: Device, act: Act, by: Actor, reason: str) -> Device:
    if len(reason) > REASON_MAX:
        raise Refused(f"A reason has at most {REASON_MAX} characters.")
    why = reason.strip()
    state = lifecycle.after(DeviceState(device.state), act)
    if state != DeviceState.ACCEPTED:
        half = f"the device was {state.label.lower()} by {by.label}"
        device_leaves.send(sender=Device, device=device, reason=half)
    if not compare_and_set(Device.objects.filter(pk=device.pk, state=device.state), state=state):
        raise Stale("Somebody else changed this device first.")
    detail = {"from": str(device.state), "to": str(state)} | ({"reason": why} if why else {})
    said = f"{state.label} by {by.label}{f': {why}' if why else ''}"
    device_event(device, EventKind.STATE, said, detail)
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


class BulkAct(StrEnum):
    """What can be done to many devices at once; what has no way back is not among it."""

    ACCEPT = "accept"
    REJECT = "reject"
    LABEL = "label"
    ASSIGN = "assign"


@dataclass(frozen=True)
class BulkResult:
    """How many devices were changed, and why which were not, by public id."""

    changed: int
    refused: Mapping[str, str]


def devices_change(
    *,
    devices: Sequence[Device],
    act: BulkAct,
    by: Actor,
    labels: Mapping[str, str | None] | None = None,
    group: Group | None = None,
    reason: str = "",
) -> BulkResult:
    """Do an act for each device, as a change of its own, so that one that cannot be changed keeps
    no other from it. `labels` are set, those that are None are taken away; the others
    of a device stay. To be assigned is to become a member of `group`, a list of devices: all at
    once. Raises Refused for too many devices, and for labels or a group where none are needed.
    """
    if not 1 <= len(devices) <= DEVICES_MAX:
        raise Refused(f"One call changes 1 to {DEVICES_MAX} devices, not {len(devices)}.")
    if (act is BulkAct.LABEL) != bool(labels):
        raise Refused("Labels belong to the act 'label', which needs at least one.")
    if (act is BulkAct.ASSIGN) != (group is not None):
        raise Refused("A group belongs to the act 'assign', which needs one.")
    if group is not None:
        return _assign(devices, group, by)
    refused = {}
    for device in devices:
        try:
            if act is BulkAct.LABEL:
                _label_one(device, by, labels or {})
            else:
                _MOVES[act](device=device, by=by, reason=reason)
        except FleetError as error:
            refused[device.public_id] = error.message
    return BulkResult(len(devices) - len(refused), refused)


def _assign(devices: Sequence[Device], group: Group, by: Actor) -> BulkResult:
    gone = {
        device.public_id: "It is decommissioned."
        for device in devices
        if device.state == DeviceState.DECOMMISSIONED
    }
    joining = {device.public_id for device in devices} - gone.keys()
    group_members_change(group=group, by=by, add=joining)
    return BulkResult(len(joining), gone)


def _label_one(device: Device, by: Actor, labels: Mapping[str, str | None]) -> None:
    merged = {**device.labels, **labels}
    kept = {key: value for key, value in merged.items() if value is not None}
    if kept != device.labels:
        device_edit(device=device, by=by, labels=kept)


_MOVES: Final[Mapping[BulkAct, Callable[..., Device]]] = {
    BulkAct.ACCEPT: device_accept,
    BulkAct.REJECT: device_reject,
}
