"""A set for some targets, now: a rollout of one wave to a group of exactly these devices.

* What these devices were told before and have not finished is taken back: a target has one thing to
  do, and the newest word counts.
* How urgent it is, in which hours and with whose consent is told for each target.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from django.db import transaction
from django.db.models import QuerySet

from fleet.devices.choices import DeviceState
from fleet.devices.groups import group_create
from fleet.devices.models import Device
from fleet.lib import ids
from fleet.lib.actor import Actor
from fleet.lib.errors import Conflict, FleetError, Refused, Stale
from ota import services
from ota.choices import UNFINISHED_VALUES, Consent
from ota.delivery.handling import ActionType, DeliveryRules, dump_delivery, parse_delivery
from ota.engine.states import LIVE, AssignmentState, RolloutState
from ota.engine.transitions import ASSIGNMENT, AssignmentStep
from ota.hawkbit.base import text
from ota.hawkbit.targets import target_get
from ota.models import Assignment, DeviceUpdateState, Release, Rollout
from ota.rollouts.policy import YEAR_SECONDS

log = logging.getLogger(__name__)
POLICY: Final = "all-at-once"
# A target is told until somebody cancels it: these tools know no deadline.
PATIENT: Final[Mapping[str, Any]] = {
    "attempts": 1,
    "offer_seconds": YEAR_SECONDS,
    "install_seconds": YEAR_SECONDS,
    "failures": [],
    "success_percent": 1,
}
TRIES: Final = 5  # against ticks of workers
NEWER: Final = "a newer set was assigned"
FORCE_MAX_MS: Final = 253_402_300_799_000  # the end of the year 9999


@dataclass(frozen=True, slots=True)
class TargetWish:
    """One target, and how it is to be updated."""

    controller_id: str
    delivery: DeliveryRules


def wish_of(data: Mapping[str, Any]) -> TargetWish:
    """Return what a body says of one target. Raises Refused."""
    document: dict[str, Any] = {"type": data.get("type") or ActionType.FORCED}
    if document["type"] == ActionType.TIME_FORCED:
        document["force_at"] = _instant(data.get("forcetime"))
    if data.get("confirmationRequired") is True:
        document["confirmation"] = True
    window = data.get("maintenanceWindow")
    if isinstance(window, Mapping) and window.get("schedule"):
        document["window"] = dict(window)
    return TargetWish(text(data, "id", limit=64), parse_delivery(document))


def assign(
    *, by: Actor, publish: Callable[[], Release], wishes: Sequence[TargetWish]
) -> list[Assignment]:
    """Publish a release and roll it out to these targets: both, or nothing where one of them cannot
    get it. Raises NotFound, Conflict, Unprocessable.
    """
    devices = [_accepted(wish) for wish in wishes]
    with transaction.atomic():
        rollout = _rollout(by, publish(), devices)
        deliveries = {wish.controller_id: wish.delivery for wish in wishes}
        for row in rollout.assignments.select_related("device"):
            _deliver(row, deliveries[row.device.controller_id])
    _tick(rollout)
    return list(rollout.assignments.select_related("device").order_by("pk"))


def withdraw_all(*, by: Actor, release: Release, reason: str) -> None:
    """End every rollout of a release, without waiting for devices."""
    for pk in _unended(release).values_list("pk", flat=True):
        for last in (*[False] * (TRIES - 1), True):
            try:
                _end(Rollout.objects.get(pk=pk), by, reason)
                break
            except Stale:  # a tick of a worker came between
                if last:
                    raise


def _unended(release: Release) -> QuerySet[Rollout]:
    return release.rollouts.filter(state__in=sorted({*LIVE, RolloutState.DRAFT}))


def _end(rollout: Rollout, by: Actor, reason: str) -> None:
    for row in rollout.assignments.filter(state__in=UNFINISHED_VALUES).select_related("device"):
        _take_back(row, by, reason)
    rollout.refresh_from_db()
    if rollout.state in (RolloutState.DRAFT, RolloutState.RUNNING, RolloutState.PAUSED):
        services.rollout_abort(by=by, rollout=rollout, reason=reason)
    _tick(rollout)
    rollout.refresh_from_db()
    if rollout.state in LIVE:
        raise Stale(f"Rollout {rollout.public_id} is still ending: try again.")


def _accepted(wish: TargetWish) -> Device:
    device = target_get(wish.controller_id)
    if device.state != DeviceState.ACCEPTED:
        raise Conflict(f"The target {device.controller_id} is {device.state}, not accepted.")
    return device


def _rollout(by: Actor, release: Release, devices: Sequence[Device]) -> Rollout:
    earlier = Assignment.objects.filter(device__in=devices, state__in=UNFINISHED_VALUES)
    for row in earlier.order_by("pk"):
        _take_back(row, by, NEWER)
    group = group_create(
        name=ids.new_id("assigned")[:64],
        by=by,
        description=f"Targets of {release.title}"[:300],
        members=[device.public_id for device in devices],
    )
    made = services.rollout_create(
        by=by, release=release, group=group, policy_name=POLICY, overrides=PATIENT
    )
    return services.rollout_start(by=by, rollout=made)


def _take_back(row: Assignment, by: Actor, reason: str) -> None:
    if (AssignmentState(row.state), AssignmentStep.CANCEL) in ASSIGNMENT:
        services.assignment_cancel(by=by, assignment=row, reason=reason)
    if row.state == AssignmentState.CANCELLING:
        services.assignment_cancel_now(by=by, assignment=row, reason=reason)


def _deliver(row: Assignment, delivery: DeliveryRules) -> None:
    state = DeviceUpdateState.objects.filter(device=row.device, auto_confirm__isnull=False)
    asks = delivery.confirmation and not row.finished_at and not state.exists()
    consent = Consent.ASKED if asks else ""
    changes = {"delivery": dump_delivery(delivery), "consent": consent}
    Assignment.objects.filter(pk=row.pk).update(**changes)


def _tick(rollout: Rollout) -> None:
    """Look at once, so that the target's next poll finds it; a worker does what is left."""
    try:
        services.rollout_tick(rollout.pk)
    except FleetError:
        log.warning("rollout %s goes on with the next tick", rollout.public_id, exc_info=True)


def _instant(value: object) -> str:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 < value <= FORCE_MAX_MS:
        raise Refused("'forcetime' must be a time in milliseconds.")
    return datetime.fromtimestamp(value / 1000, UTC).isoformat()
