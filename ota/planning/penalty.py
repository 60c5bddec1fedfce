"""The penalty box: devices on which one rollout after the other failed take no part for a while.

* Counted are rollouts, not attempts: a device fails once in each, however often it was tried.
* A rollout that went back by itself was bad for everybody; its devices are not to blame.
* Silence counts only once the device had read what it was to install.
* An operator ends it; a success ends the row.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet

from fleet.access import audit
from fleet.devices.models import Device, Group
from fleet.devices.selectors import group_members
from fleet.lib import clock
from fleet.lib.actor import Actor
from ota.choices import MISSED_VALUES
from ota.engine.rules import Rules
from ota.engine.states import AssignmentState, FailureCause, Kind, RolloutState
from ota.models import Assignment, DeviceUpdateState

WENT_BACK = (RolloutState.ROLLING_BACK.value, RolloutState.ROLLED_BACK.value)


@dataclass(frozen=True, slots=True)
class FailureRow:
    """Rollouts in a row, up to the newest, that failed on a device."""

    failures: int = 0
    last_at: datetime | None = None
    last_cause: str = ""


def boxed(group: Group, rules: Rules, now: datetime) -> dict[int, str]:
    """Return the members that are in the box under these rules, with the sentence why."""
    if not rules.penalty_after:
        return {}
    term = timedelta(seconds=rules.penalty_seconds)
    members = group_members(group).order_by().values("pk")
    lately = _ended(Assignment.objects.filter(device__in=members)).filter(
        state__in=MISSED_VALUES, finished_at__gt=now - term
    )
    suspects = set(lately.values_list("device_id", flat=True).distinct())
    rows = failure_rows(Assignment.objects.filter(device__in=suspects))
    found = {}
    for device, row in rows.items():
        if row.failures >= rules.penalty_after and row.last_at and row.last_at + term > now:
            found[device] = _sentence(row, row.last_at + term)
    return found


def failure_rows(assignments: QuerySet[Assignment]) -> dict[int, FailureRow]:
    """Return the row of failures of each device that the assignments speak of."""
    ended = _ended(assignments).order_by("device_id", "-finished_at", "-pk")
    pardoned = dict(
        DeviceUpdateState.objects.filter(
            device__in=ended.order_by().values("device_id"), pardoned_at__isnull=False
        ).values_list("device_id", "pardoned_at")
    )
    rows: dict[int, FailureRow] = defaultdict(FailureRow)
    closed: set[int] = set()
    for device, state, cause, ended_at in ended.values_list(
        "device_id", "state", "cause", "finished_at"
    ):
        pardon = pardoned.get(device)
        forgotten = pardon is not None and ended_at is not None and ended_at <= pardon
        if state == AssignmentState.SUCCEEDED or forgotten:
            closed.add(device)
        if device in closed:
            continue
        row = rows[device]
        rows[device] = FailureRow(
            row.failures + 1, row.last_at or ended_at, row.last_cause or cause
        )
    return dict(rows)


def failure_row(device: Device) -> FailureRow:
    """Return how many rollouts in a row failed on one device."""
    return failure_rows(Assignment.objects.filter(device=device)).get(device.pk, FailureRow())


def pardon(*, device: Device, by: Actor) -> None:
    """End a device's row of failures, so that the next rollout takes it again."""
    with transaction.atomic():
        DeviceUpdateState.objects.update_or_create(
            device=device, defaults={"pardoned_at": clock.now()}
        )
        audit.record(by=by, action="ota.device_pardon", subject=device.public_id, detail={})


def _ended(assignments: QuerySet[Assignment]) -> QuerySet[Assignment]:
    """Return the last attempts that say something about their device."""
    unread = Q(cause=FailureCause.NO_CONTACT)
    rows = assignments.filter(
        kind=Kind.UPDATE,
        latest=True,
        finished_at__isnull=False,
        state__in=[AssignmentState.SUCCEEDED.value, *MISSED_VALUES],
    )
    return rows.exclude(unread).exclude(rollout__state__in=WENT_BACK)


def _sentence(row: FailureRow, until: datetime) -> str:
    cause = f", the last time by {row.last_cause.replace('_', ' ')}" if row.last_cause else ""
    times = f"{row.failures} rollouts in a row failed on it{cause}"
    return f"in the penalty box until {until:%Y-%m-%d %H:%M} UTC: {times}"
