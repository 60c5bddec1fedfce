"""A device replaces its own key: the new one is signed by the old one, and signs for itself.

Guarantees: both signatures are over a fresh challenge, so nothing can be replayed; the old key is
retired the moment the new one is stored; a device that did not hear the answer may ask again; while
two devices are suspected on a key, neither of them can take it over.
"""

from django.db import IntegrityError, transaction
from django.db.models import F

from device_agent.protocol.enrol import RotateRequest, rotate_message
from fleet.access import audit
from fleet.devices.choices import EventKind
from fleet.devices.keys import session_token as sessions
from fleet.devices.keys import signature as keys
from fleet.devices.keys.session import challenge_use
from fleet.devices.keys.use import key_retire
from fleet.devices.lifecycle import require_accepted
from fleet.devices.models import Device, RetiredKey
from fleet.devices.services import device_event
from fleet.lib.actor import Actor, ActorKind
from fleet.lib.db import compare_and_set
from fleet.lib.errors import Conflict, Forbidden, Stale, Unauthenticated


def key_rotate(*, request: RotateRequest) -> Device:
    """Give the device its new key. Raises Unauthenticated, Forbidden, Gone, Conflict."""
    asked = sessions.challenge_read(request.challenge, request.controller_id)
    device = Device.objects.filter(controller_id=request.controller_id).first()
    message = rotate_message(request.challenge, request.controller_id, request.public_key)
    if device is None or not keys.holds(request.public_key, request.new_proof, message):
        raise _unproven()
    if device.key_fingerprint == keys.fingerprint(request.public_key):
        return device
    if not keys.holds(bytes.fromhex(device.public_key), request.old_proof, message):
        raise _unproven()
    require_accepted(device.state)
    if device.suspected_at is not None:
        raise Conflict(
            "Two devices seem to use this key: an operator must look first.", code="suspected"
        )
    try:
        return _replace(device, request.public_key, asked)
    except IntegrityError as error:
        raise Conflict("This key belongs to another device already.", code="key_in_use") from error


@transaction.atomic
def _replace(device: Device, public_key: bytes, asked: sessions.Challenge) -> Device:
    before, after = device.key_fingerprint, keys.fingerprint(public_key)
    # First of all, so that nobody rejects or suspects the device between the look and the change.
    still = Device.objects.filter(pk=device.pk, state=device.state, suspected_at=None)
    if not compare_and_set(still, updated_at=F("updated_at")):
        raise Stale("Somebody else changed this device first.")
    key_retire(device, "Replaced by the device")
    challenge_use(device, asked, public_key=public_key.hex(), key_fingerprint=after)
    # Afterwards: until the key was taken, another device's could be revoked.
    if RetiredKey.objects.filter(fingerprint=after).exists():
        raise Forbidden(
            "This key is retired or revoked and cannot be used again: make another one.",
            code="retired_key",
        )
    device_event(device, EventKind.CREDENTIAL, "Replaced its key by a new one")
    by = Actor(ActorKind.DEVICE, device.public_id, device.controller_id)
    detail = {"before": before, "after": after}
    audit.record(by=by, action="devices.key_rotate", subject=device.public_id, detail=detail)
    device.refresh_from_db()
    return device


def _unproven() -> Unauthenticated:
    return Unauthenticated("The new key is not proven by both keys.", code="bad_proof")
