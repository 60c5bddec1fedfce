"""How a microcontroller joins: through a gateway that vouches for it, with a key of its own.

Guarantees: the gateway is an accepted device that signed for this name, this board and this key;
one board is one device; a name that is taken, by another board, another key or behind another
gateway, is refused; and so is a gateway behind a gateway. Whoever holds a gateway can speak for its
children and for nobody else.
"""

from typing import Final

from django.db import IntegrityError, transaction

from builds.targets import is_target
from device_agent.protocol.enrol import EnrolRequest, Voucher, voucher_message
from fleet.access import audit
from fleet.devices import services
from fleet.devices.choices import DeviceState, EventKind
from fleet.devices.keys import signature as keys
from fleet.devices.lifecycle import require_accepted
from fleet.devices.models import Device, RetiredKey
from fleet.devices.services import device_event
from fleet.lib import clock
from fleet.lib.actor import Actor, ActorKind
from fleet.lib.db import compare_and_set
from fleet.lib.errors import Conflict, Forbidden, Gone, Refused, Stale, Unauthenticated

CHILDREN_MAX: Final = 256  # behind one gateway


def child_enrol(request: EnrolRequest, voucher: Voucher) -> tuple[Device, bool]:
    """Return the child, and whether this call made it. The proof of its own key was verified.

    Raises Unauthenticated, Refused, Forbidden, Conflict, Gone.
    """
    gateway = _gateway(request, voucher)
    known = Device.objects.filter(controller_id=request.controller_id).first()
    if known is not None and not known.awaits_key:
        return _same_child(known, request, voucher, gateway), False
    if not is_target(request.target):
        raise Refused(f"There is no target {request.target!r}.")
    others = Device.objects.filter(behind=gateway).exclude(controller_id=request.controller_id)
    if others.count() >= CHILDREN_MAX:
        raise Conflict(f"A gateway has at most {CHILDREN_MAX} children.", code="children_full")
    try:
        if known is None:
            return _join(request, voucher, gateway), True
        return _rejoin(known, request, voucher, gateway), False
    except IntegrityError:
        return _after_a_race(request, voucher, gateway), False


@transaction.atomic
def children_accept(*, device: Device, by: Actor) -> Device:
    """Accept the children that a gateway vouches for: those that wait, and those to come."""
    _set_policy(device, by, accepts=True)
    for child in Device.objects.filter(behind=device, state=DeviceState.PENDING):
        services.device_accept(device=child, by=by)
    return device


@transaction.atomic
def children_hold(*, device: Device, by: Actor) -> Device:
    """Have each child that comes from now on wait until somebody accepts it."""
    _set_policy(device, by, accepts=False)
    return device


def _set_policy(device: Device, by: Actor, *, accepts: bool) -> None:
    if device.behind_id is not None:
        raise Conflict("A child has no children.", code="child_of_a_child")
    others = Device.objects.filter(pk=device.pk, accepts_children=not accepts)
    if compare_and_set(others, accepts_children=accepts):
        word = "are accepted at once" if accepts else "wait to be accepted"
        device_event(device, EventKind.STATE, f"Its children {word}, said {by.label}")
        detail = {"accepts_children": accepts}
        action = "devices.children_accept" if accepts else "devices.children_hold"
        audit.record(by=by, action=action, subject=device.public_id, detail=detail)
    device.refresh_from_db()


def _gateway(request: EnrolRequest, voucher: Voucher) -> Device:
    """Return who vouches; one answer for whatever is wrong with the signature."""
    gateway = Device.objects.filter(controller_id=voucher.gateway).first()
    message = voucher_message(
        voucher.gateway, request.controller_id, voucher.hardware_id, request.public_key
    )
    public = bytes.fromhex(gateway.public_key) if gateway is not None else b""
    if gateway is None or not public or not keys.holds(public, voucher.signature, message):
        raise Unauthenticated("No gateway of this name vouches for the child.", code="bad_voucher")
    require_accepted(gateway.state)
    if gateway.behind_id is not None:
        raise Refused("A child cannot be the gateway of another.")
    return gateway


def _same_child(known: Device, request: EnrolRequest, voucher: Voucher, gateway: Device) -> Device:
    named = f"The controller id {request.controller_id!r}"
    if known.behind_id != gateway.pk:
        raise Conflict(f"{named} is a device that is not behind this gateway.", code="other_way")
    if known.hardware_id != voucher.hardware_id.hex():
        device_event(known, EventKind.CREDENTIAL, "Another board claimed to be this device")
        raise Conflict(f"{named} belongs to another board.", code="other_board")
    if known.target != request.target:
        raise Conflict(f"{named} is a {known.target!r}.", code="other_target")
    if known.key_fingerprint != keys.fingerprint(request.public_key):
        raise Conflict(f"{named} is enrolled with another key.", code="other_key")
    if known.state == DeviceState.DECOMMISSIONED:
        raise Gone("This device was decommissioned.", code="decommissioned")
    return known


@transaction.atomic
def _join(request: EnrolRequest, voucher: Voucher, gateway: Device) -> Device:
    device = Device(
        controller_id=request.controller_id,
        name=request.controller_id,
        target=request.target,
        labels=gateway.labels,
        attributes=dict(request.attributes),
        public_key=request.public_key.hex(),
        key_fingerprint=keys.fingerprint(request.public_key),
        hardware_id=voucher.hardware_id.hex(),
        behind=gateway,
        state=_state(gateway),
        last_seen_at=clock.now(),
    )
    device.save(force_insert=True)
    _record(device, gateway, "Joined")
    return device


@transaction.atomic
def _rejoin(known: Device, request: EnrolRequest, voucher: Voucher, gateway: Device) -> Device:
    """Let a child whose key was revoked come back, perhaps behind another gateway."""
    hardware = voucher.hardware_id.hex()
    if known.state == DeviceState.DECOMMISSIONED:
        raise Gone("This device was decommissioned.", code="decommissioned")
    if known.behind_id is None or known.hardware_id not in ("", hardware):
        raise Conflict(
            f"The controller id {known.controller_id!r} belongs to another board.",
            code="other_board",
        )
    changed = compare_and_set(
        Device.objects.filter(pk=known.pk, awaits_key=True, state=known.state),
        awaits_key=False,
        public_key=request.public_key.hex(),
        key_fingerprint=keys.fingerprint(request.public_key),
        hardware_id=hardware,
        behind=gateway,
        state=known.state if known.state == DeviceState.REJECTED else _state(gateway),
    )
    if not changed:
        raise Stale("Somebody else changed this device first.")
    known.refresh_from_db()
    _record(known, gateway, "Joined again")
    return known


def _state(gateway: Device) -> DeviceState:
    return DeviceState.ACCEPTED if gateway.accepts_children else DeviceState.PENDING


def _record(device: Device, gateway: Device, what: str) -> None:
    if RetiredKey.objects.filter(fingerprint=device.key_fingerprint).exists():
        raise Forbidden(
            "This key is retired or revoked; a child needs a new one.", code="retired_key"
        )
    accepted = ", accepted with its gateway's" if device.state == DeviceState.ACCEPTED else ""
    through = f"{what} through the gateway {gateway.controller_id}{accepted}"
    device_event(device, EventKind.ENROLLED, through)
    device_event(gateway, EventKind.ENROLLED, f"{device.controller_id} joined behind it")
    audit.record(
        by=Actor(ActorKind.DEVICE, gateway.public_id, gateway.controller_id),
        action="devices.child_enrol",
        subject=device.public_id,
        detail={
            "gateway": gateway.public_id,
            "hardware_id": device.hardware_id,
            "key": device.key_fingerprint,
            "state": str(device.state),
        },
    )


def _after_a_race(request: EnrolRequest, voucher: Voucher, gateway: Device) -> Device:
    """Another call took the name, or the board or the key is some other device's."""
    known = Device.objects.filter(controller_id=request.controller_id).first()
    if known is not None and not known.awaits_key:
        return _same_child(known, request, voucher, gateway)
    hardware = voucher.hardware_id.hex()
    holder = Device.objects.filter(hardware_id=hardware).first() if hardware else None
    if holder is not None:
        name = request.controller_id
        device_event(holder, EventKind.CREDENTIAL, f"Its board also claimed to be {name}")
        raise Conflict(f"This board is the device {holder.controller_id!r}.", code="board_in_use")
    raise Conflict("This key belongs to another device already.", code="key_in_use")
