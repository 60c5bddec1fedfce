"""How devices join: with a code that an operator made, and with proof that they hold their key.

Guarantees: the proof is checked before anything is looked up; a code joins at most as many devices
as it says, whatever runs at once; the same device with the same key may repeat its call; a
controller id never changes its key.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from django.db import IntegrityError, transaction
from django.db.models import F

from builds.targets.catalog import target_names
from device_agent.protocol.enrol import EnrolRequest, enrol_message
from fleet.access import audit
from fleet.devices import bearer, keys
from fleet.devices.choices import DeviceState, EventKind
from fleet.devices.labels import checked_labels
from fleet.devices.models import Device, EnrolmentCode
from fleet.devices.models.device import NAME_MAX
from fleet.devices.services import device_event
from fleet.lib import clock
from fleet.lib.actor import Actor, ActorKind
from fleet.lib.db import compare_and_set
from fleet.lib.errors import Conflict, Forbidden, Gone, Refused, Unauthenticated

HOURS_MAX: Final = 24 * 366
USES_MAX: Final = 100_000  # devices a code


@transaction.atomic
def code_create(
    *,
    name: str,
    by: Actor,
    uses: int = 1,
    hours: int = 24,
    labels: Mapping[str, object] | None = None,
    auto_accept: bool = False,
) -> tuple[EnrolmentCode, str]:
    """Make a code and return it with its secret, which is never to be had again. Raises Refused."""
    _check_code(name, uses, hours)
    secret = bearer.new_secret(bearer.Purpose.CODE)
    code = EnrolmentCode.objects.create(
        name=name,
        digest=bearer.digest(bearer.Purpose.CODE, secret),
        expires_at=clock.now() + timedelta(hours=hours),
        uses=uses,
        uses_left=uses,
        labels=checked_labels(labels or {}),
        auto_accept=auto_accept,
    )
    detail = {"name": name, "uses": uses, "hours": hours, "auto_accept": auto_accept}
    audit.record(by=by, action="devices.code_create", subject=code.public_id, detail=detail)
    return code, secret


@transaction.atomic
def code_revoke(*, code: EnrolmentCode, by: Actor) -> None:
    """End a code now. Revoking it again changes nothing."""
    live = EnrolmentCode.objects.filter(pk=code.pk, revoked_at=None)
    if compare_and_set(live, revoked_at=clock.now()):
        audit.record(by=by, action="devices.code_revoke", subject=code.public_id)
    code.refresh_from_db()


def device_enrol(*, request: EnrolRequest) -> tuple[Device, bool]:
    """Return the device, and whether this call made it.

    Raises Unauthenticated, Refused, Forbidden, Conflict, Gone.
    """
    message = enrol_message(request.code, request.controller_id, request.public_key)
    if not keys.holds(request.public_key, request.proof, message):
        raise Unauthenticated("The proof was not made with this key.", code="bad_proof")
    if known := Device.objects.filter(controller_id=request.controller_id).first():
        return _same_device(known, request), False
    if not request.controller_id.strip("."):
        raise Refused("A controller id needs more than dots: addresses carry it.")
    if request.target not in target_names():
        raise Refused(
            f"There is no target {request.target!r}; there are {', '.join(target_names())}."
        )
    try:
        return _join(request), True
    except IntegrityError:
        return _after_a_race(request), False


@transaction.atomic
def _join(request: EnrolRequest) -> Device:
    code = _use_code(request.code)
    device = Device.objects.create(
        controller_id=request.controller_id,
        name=request.controller_id,
        target=request.target,
        labels=code.labels,
        attributes=dict(request.attributes),
        state=DeviceState.ACCEPTED if code.auto_accept else DeviceState.PENDING,
        public_key=request.public_key.hex(),
        key_fingerprint=keys.fingerprint(request.public_key),
        last_seen_at=clock.now(),
    )
    device_event(device, EventKind.ENROLLED, f"Joined with the code {code.name!r}")
    audit.record(
        by=Actor(ActorKind.DEVICE, device.public_id, device.controller_id),
        action="devices.device_enrol",
        subject=device.public_id,
        detail={"code": code.public_id, "key": device.key_fingerprint, "state": str(device.state)},
    )
    return device


def _use_code(secret: str) -> EnrolmentCode:
    """Take one use. One answer for all that is wrong, so that nobody can probe for codes."""
    code = EnrolmentCode.objects.filter(
        digest__in=bearer.digests(bearer.Purpose.CODE, secret),
        revoked_at=None,
        expires_at__gt=clock.now(),
    ).first()
    if code is None or not _take_use(code):
        raise Forbidden("This enrolment code is unknown, expired or used up.", code="bad_code")
    return code


def _take_use(code: EnrolmentCode) -> bool:
    free = EnrolmentCode.objects.filter(pk=code.pk, uses_left__gt=0)
    return compare_and_set(free, uses_left=F("uses_left") - 1)


def _same_device(known: Device, request: EnrolRequest) -> Device:
    if known.key_fingerprint != keys.fingerprint(request.public_key):
        raise Conflict(
            f"The controller id {request.controller_id!r} is enrolled with another key.",
            code="other_key",
        )
    if known.state == DeviceState.DECOMMISSIONED:
        raise Gone("This device was decommissioned.", code="decommissioned")
    return known


def _after_a_race(request: EnrolRequest) -> Device:
    """Another call took the controller id, or the key is some other device's."""
    if known := Device.objects.filter(controller_id=request.controller_id).first():
        return _same_device(known, request)
    raise Conflict("This key belongs to another device already.", code="key_in_use")


def _check_code(name: str, uses: int, hours: int) -> None:
    if not 1 <= len(name) <= NAME_MAX or not name.isprintable():
        raise Refused(f"A code's name has 1 to {NAME_MAX} printable characters.")
    if not 1 <= uses <= USES_MAX:
        raise Refused(f"A code joins 1 to {USES_MAX} devices.")
    if not 1 <= hours <= HOURS_MAX:
        raise Refused(f"A code lives 1 to {HOURS_MAX} hours.")
