"""How devices join: with a code that an operator made, or with a key that an operator registered
before; and with proof that they hold their key.

Guarantees: the proof is checked before anything is looked up; the same device with the same key may
repeat its call; a controller id never changes its key here unless an operator revoked it; a retired
or revoked key is never accepted again.
"""

from collections.abc import Mapping
from typing import Final

from django.db import IntegrityError, transaction

from builds.targets.catalog import target_names
from device_agent.protocol.enrol import PUBLIC_KEY_BYTES, EnrolRequest, enrol_message
from device_agent.protocol.fields import NAME
from fleet.access import audit
from fleet.devices.choices import DeviceState, EventKind
from fleet.devices.enrolment.children import child_enrol
from fleet.devices.enrolment.codes import code_accepts, code_require, code_use
from fleet.devices.keys import signature as keys
from fleet.devices.keys.use import key_enrolled_elsewhere
from fleet.devices.labels.rules import checked_labels
from fleet.devices.models import Device, EnrolmentCode, RetiredKey
from fleet.devices.services import checked_name, device_event
from fleet.lib import clock
from fleet.lib.actor import Actor, ActorKind
from fleet.lib.db import compare_and_set
from fleet.lib.errors import Conflict, Forbidden, Gone, Refused, Stale, Unauthenticated

# Of a device for which this service builds nothing: it takes software of other makers.
FOREIGN_TARGET: Final = "foreign"
IN_USE: Final = "This key belongs to another device already."


def device_enrol(*, request: EnrolRequest, address: str = "") -> tuple[Device, bool]:
    """Return the device, and whether this call made it.

    Raises Unauthenticated, Refused, Forbidden, Conflict, Gone.
    """
    message = enrol_message(request.code, request.controller_id, request.public_key)
    if not keys.holds(request.public_key, request.proof, message):
        raise Unauthenticated("The proof was not made with this key.", code="bad_proof")
    if request.voucher is not None:
        return child_enrol(request, request.voucher)
    known = Device.objects.filter(controller_id=request.controller_id).first()
    if known is not None and not known.awaits_key:
        return _same_device(known, request), False
    require_valid(request.controller_id, request.target)
    try:
        device = _join(request) if known is None else _rejoin(known, request)
    except IntegrityError:
        return _after_a_race(request, address), False
    return device, known is None


def device_preload(
    *,
    controller_id: str,
    target: str,
    by: Actor,
    public_key: bytes = b"",
    name: str = "",
    labels: Mapping[str, object] | None = None,
) -> Device:
    """Register a device that is accepted already: by the key that it made in the factory, or
    without one for a client that gets a token. Raises Refused, Conflict.
    """
    require_valid(controller_id, target)
    if public_key and len(public_key) != PUBLIC_KEY_BYTES:
        raise Refused(f"An Ed25519 public key has {PUBLIC_KEY_BYTES} bytes.")
    device = Device(
        controller_id=controller_id,
        name=checked_name(name or controller_id),
        target=target,
        labels=checked_labels(labels or {}),
        state=DeviceState.ACCEPTED,
        public_key=public_key.hex(),
        key_fingerprint=keys.fingerprint(public_key) if public_key else "",
    )
    try:
        return _preload(device, by)
    except IntegrityError as error:
        if Device.objects.filter(controller_id=controller_id).exists():
            raise Conflict(f"There is already a device {controller_id!r}.") from error
        raise Conflict(IN_USE, code="key_in_use") from error


@transaction.atomic
def _preload(device: Device, by: Actor) -> Device:
    device.save(force_insert=True)
    _require_fresh(device.key_fingerprint)
    device_event(device, EventKind.ENROLLED, f"Registered by {by.label}")
    detail = {"controller_id": device.controller_id, "key": device.key_fingerprint}
    audit.record(by=by, action="devices.device_preload", subject=device.public_id, detail=detail)
    return device


@transaction.atomic
def _join(request: EnrolRequest) -> Device:
    code = code_use(request.code)
    device = Device(
        controller_id=request.controller_id,
        name=request.controller_id,
        target=request.target,
        labels=code.labels,
        attributes=dict(request.attributes),
        public_key=request.public_key.hex(),
        key_fingerprint=keys.fingerprint(request.public_key),
        last_seen_at=clock.now(),
    )
    device.state = _state(code, device)
    device.save(force_insert=True)
    _require_fresh(device.key_fingerprint)
    _record_enrolment(device, code, "Joined")
    return device


@transaction.atomic
def _rejoin(known: Device, request: EnrolRequest) -> Device:
    """Let a device whose key was revoked bring another one; one that was rejected stays so."""
    code = code_use(request.code)  # first: a stranger learns nothing of the device
    if known.state == DeviceState.DECOMMISSIONED:
        raise Gone("This device was decommissioned.", code="decommissioned")
    waits = Device.objects.filter(pk=known.pk, awaits_key=True, state=known.state)
    changed = compare_and_set(
        waits,
        awaits_key=False,
        public_key=request.public_key.hex(),
        key_fingerprint=keys.fingerprint(request.public_key),
        state=known.state if known.state == DeviceState.REJECTED else _state(code, known),
    )
    if not changed:
        raise Stale("Somebody else changed this device first.")
    known.refresh_from_db()
    _require_fresh(known.key_fingerprint)
    _record_enrolment(known, code, "Joined again")
    return known


def _state(code: EnrolmentCode, device: Device) -> DeviceState:
    accepts = code_accepts(code, device.query_labels())
    return DeviceState.ACCEPTED if accepts else DeviceState.PENDING


def _require_fresh(fingerprint: str) -> None:
    """Asked once the key is taken: it may be revoked from another device until then."""
    if RetiredKey.objects.filter(fingerprint=fingerprint).exists():
        raise Forbidden(
            "This key is retired or revoked: make one with 'edgefleet-agent enrol CODE --new-key'.",
            code="retired_key",
        )


def _record_enrolment(device: Device, code: EnrolmentCode, what: str) -> None:
    accepted = ", accepted by its policy" if device.state == DeviceState.ACCEPTED else ""
    device_event(device, EventKind.ENROLLED, f"{what} with the code {code.name!r}{accepted}")
    audit.record(
        by=Actor(ActorKind.DEVICE, device.public_id, device.controller_id),
        action="devices.device_enrol",
        subject=device.public_id,
        detail={"code": code.public_id, "key": device.key_fingerprint, "state": str(device.state)},
    )


def _same_device(known: Device, request: EnrolRequest) -> Device:
    if known.key_fingerprint != keys.fingerprint(request.public_key):
        # As an unknown one is refused, or anybody could ask which controller ids there are.
        require_valid(request.controller_id, request.target)
        code_require(request.code)
        raise Conflict(
            f"The controller id {request.controller_id!r} is enrolled with another key.",
            code="other_key",
        )
    if known.state == DeviceState.DECOMMISSIONED:
        raise Gone("This device was decommissioned.", code="decommissioned")
    return known


def _after_a_race(request: EnrolRequest, address: str) -> Device:
    """Another call took the controller id, or the key is some other device's."""
    known = Device.objects.filter(controller_id=request.controller_id).first()
    if known is not None and not known.awaits_key:
        return _same_device(known, request)
    key_enrolled_elsewhere(
        fingerprint=keys.fingerprint(request.public_key),
        controller_id=request.controller_id,
        address=address,
    )
    raise Conflict(IN_USE, code="key_in_use")


def require_valid(controller_id: str, target: str) -> None:
    """Raise Refused for a name that no device may have, or a target that does not exist."""
    if not NAME.fullmatch(controller_id) or not controller_id.strip("."):
        raise Refused(
            "A controller id has 1 to 64 letters, digits, '.', '_' or '-', and more than dots."
        )
    if target != FOREIGN_TARGET and target not in target_names():
        raise Refused(f"There is no target {target!r}; there are {', '.join(target_names())}.")
