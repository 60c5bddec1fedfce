"""What a poll needs to know, read together with its caller: one query and no write.

Guarantees: the checks of the credential are those of every other view; only their row comes with
what there is to do. Challengers, captures and gateways, which few devices have, cost one more each.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from django.db.models import FilteredRelation, Q, QuerySet, Subquery

from fleet.devices.authentication import (
    NO_TARGET_TOKEN,
    DeviceAuthentication,
    DevicePrincipal,
    require_session,
)
from fleet.devices.keys import session_token as sessions
from fleet.devices.models import ClientToken, Device
from fleet.devices.tokens import secret as bearer
from fleet.lib import clock
from fleet.lib.db.prepared import Prepared
from fleet.lib.errors import Unauthenticated
from fleet.telemetry.models import CaptureRequest
from ota.engine.states import OFFERABLE, AssignmentState
from ota.models import Shadow, SystemConfig
from ota.selectors import SLEEP_KEY

# What a poll shows: deployments that may start or go on, and cancellations.
VISIBLE: Final = sorted({*OFFERABLE, AssignmentState.CANCELLING})
# In the order of the model's columns, as a row becomes an instance.
DEVICE: Final = (
    *("id", "public_id", "controller_id", "name", "state"),
    *("key_fingerprint", "instance", "behind_id"),
)
TOKEN: Final = ("tokens__id", "tokens__public_id", "tokens__newest", "tokens__used")
ENDS: Final = "tokens__ends_at"
STATE: Final = (
    "ota_slot__config_wanted",
    "active__id",
    "active__public_id",
    "active__state",
    "active__consent",
    "active__delivery",
    "active__artifact__artifact_id",
    "ota_slot__installed_id",
    "ota_slot__withdrawn_id",
    "ota_slot__shadow_id",
    "capturing__request_id",
)


@dataclass(frozen=True, slots=True)
class PollState:
    """What there is to do for one device."""

    config_wanted: bool
    action: int | None
    public_id: str
    cancelling: bool
    consent: str  # of the device's user; empty where nobody is asked
    delivery: Mapping[str, Any]
    built: bool  # by this service, so that there is a signed instruction
    installed: int | None
    sleep: str  # HH:MM:SS, where a management client has set one
    shadow: str  # public id; empty where nothing is to run beside the model
    capture: str  # public id; empty where no sample is wanted


@dataclass(frozen=True)
class PollingPrincipal(DevicePrincipal):
    """A caller whose row came with what there is to do for it."""

    poll: PollState | None = None


class PollAuthentication(DeviceAuthentication):
    """The same credentials and checks; sessions and target tokens in one read with the state."""

    def of_session(self, token: str) -> DevicePrincipal:
        """Return the device of a session. Raises Unauthenticated."""
        claims = sessions.token_claims(token)
        row = _by_session().first(claims.device_id)
        device = require_session(None if row is None else _device(row[: len(DEVICE)]), claims)
        return PollingPrincipal(device, poll=_state(row[len(DEVICE) :] if row else ()))

    def of_target_token(self, secret: str) -> DevicePrincipal:
        """Return the device of a target token. Raises Unauthenticated."""
        for digest in bearer.digests(bearer.Purpose.TARGET_TOKEN, secret):
            row = _by_token().first(digest)
            if row is not None:
                return _caller(row)
        raise Unauthenticated(NO_TARGET_TOKEN)


def poll_state(device: Device) -> PollState:
    """Return what there is to do for a device that was read already."""
    row = _by_session().first(device.public_id)
    return _state(row[len(DEVICE) :] if row else ())


def _rows() -> QuerySet[Device]:
    active = FilteredRelation("assignments", condition=Q(assignments__state__in=VISIBLE))
    capturing = FilteredRelation("capture_parts", condition=Q(capture_parts__open=True))
    return Device.objects.order_by().annotate(active=active, capturing=capturing)


def _values(rows: QuerySet[Device], *more: str) -> QuerySet[Device, tuple[Any, ...]]:
    sleep = Subquery(SystemConfig.objects.filter(key=SLEEP_KEY).values("value")[:1])
    return rows.values_list(*more, *DEVICE, *STATE, sleep)


@cache
def _by_session() -> Prepared:
    return Prepared(lambda public_id: _values(_rows().filter(public_id=public_id)))


@cache
def _by_token() -> Prepared:
    return Prepared(lambda digest: _values(_rows().filter(tokens__digest=digest), *TOKEN, ENDS))


def _caller(whole: tuple[Any, ...]) -> PollingPrincipal:
    pk, public_id, newest, used, ends, *rest = whole
    if ends is not None and ends <= clock.now():
        raise Unauthenticated(NO_TARGET_TOKEN)
    row = tuple(rest)
    device = _device(row[: len(DEVICE)])
    names = ("id", "public_id", "device_id", "group_id", "newest", "used")
    token = ClientToken.from_db(None, names, (pk, public_id, device.pk, None, newest, used))
    token.device = device
    return PollingPrincipal(device, token, poll=_state(row[len(DEVICE) :]))


def _device(row: tuple[Any, ...]) -> Device:
    return Device.from_db(None, DEVICE, row)


def _state(row: tuple[Any, ...]) -> PollState:
    wanted, active, public_id, state, consent, delivery, built, installed, *rest = row
    withdrawn, shadow, capture, sleep = rest
    return PollState(
        # No slot yet: a device that we know nothing of.
        config_wanted=wanted is not False,
        action=active or withdrawn,
        public_id=public_id or "",
        cancelling=state == AssignmentState.CANCELLING or active is None,
        consent=consent or "",
        delivery=delivery or {},
        built=built is not None,
        installed=installed,
        sleep=sleep or "",
        shadow=_shadow(shadow) if shadow else "",
        capture=_capture(capture) if capture else "",
    )


def _shadow(pk: int) -> str:
    running = Shadow.objects.filter(pk=pk, until__gt=clock.now())
    return running.values_list("public_id", flat=True).first() or ""


def _capture(pk: int) -> str:
    return CaptureRequest.objects.values_list("public_id", flat=True).filter(pk=pk).first() or ""
