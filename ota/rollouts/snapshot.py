"""A rollout's rows as the engine's Snapshot: a fixed number of queries, whatever the fleet's size.

Rows are read up to the caps; everything else is in kept counts.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from fleet.devices.choices import DeviceState
from fleet.lib import clock
from fleet.lib.verdict import Verdict
from ota.choices import IN_FLIGHT_VALUES, MISSED_VALUES
from ota.delivery.handling import parse_delivery
from ota.engine.calendar import PACE
from ota.engine.patience import timeout
from ota.engine.rules import Rules
from ota.engine.states import (
    IN_FLIGHT,
    SEEN,
    AssignmentState,
    FailureCause,
    Kind,
    RolloutState,
    WaveState,
)
from ota.engine.view import Flight, GateReading, Miss, Snapshot, Tally, WaveView
from ota.models import Assignment, GateResult, Rollout, Wave
from ota.rollouts import policy
from ota.rollouts.large.counts import wave_counts
from ota.rollouts.outside.approvals import approved_waves

REVERT_BATCH = 500  # devices planned back in one decision
MISS_BATCH = 500

Counts = Mapping[tuple[str, str, bool], int]  # (state, cause, since the judgement began)


def take_snapshot(rollout: Rollout) -> Snapshot:
    """Return what the engine has to know about this rollout now."""
    rules, now = policy.parse(rollout.policy), clock.now()
    latest = Assignment.objects.filter(rollout=rollout, latest=True)
    waves = list(rollout.waves.all())
    counts = wave_counts(rollout)
    approved = approved_waves(rollout, rules)
    back = rollout.state == RolloutState.ROLLING_BACK
    return Snapshot(
        state=RolloutState(rollout.state),
        rules=rules,
        waves=tuple(
            _wave(wave, counts.get(wave.index, {}), approved[wave.index]) for wave in waves
        ),
        flights=_flights(latest, rules, now),
        ready=_ready(_of_opened(latest, waves), Kind.UPDATE, rules.max_in_flight),
        ready_back=_ready(latest, Kind.ROLLBACK, rules.rollback_max_in_flight) if back else (),
        planned_updates=sum(_planned(c) for c in counts.values()),
        planned_back=_planned_back(latest) if back else 0,
        to_revert=_to_revert(latest) if back else (),
        misses=_misses(latest, rules),
        started_lately=_started_lately(rollout, rules, now),
    )


def tally_of(counts: Counts) -> Tally:
    """Return one wave's counts in the engine's words."""
    states: Counter[str] = Counter()
    failed: Counter[FailureCause] = Counter()
    forgiven = 0
    for (state, cause, counted), devices in counts.items():
        if state not in MISSED_VALUES:
            states[state] += devices
        elif counted:
            failed[FailureCause(cause or FailureCause.OTHER)] += devices
        else:
            forgiven += devices
    return Tally(
        planned=states[AssignmentState.PLANNED],
        in_flight=sum(states[state] for state in IN_FLIGHT),
        succeeded=states[AssignmentState.SUCCEEDED],
        skipped=states[AssignmentState.SKIPPED],
        cancelled=states[AssignmentState.CANCELLED],
        forgiven=forgiven,
        failed=dict(failed),
    )


def latest_readings(wave: Wave) -> tuple[GateReading, ...]:
    """Return the newest word of each gate since the wave's judgement began."""
    rows = GateResult.objects.filter(wave=wave, at__gte=wave.judged_from).order_by("gate", "-pk")
    newest: dict[str, GateReading] = {}
    for row in rows.values_list("gate", "verdict", "sentence")[:200]:
        newest.setdefault(row[0], GateReading(row[0], Verdict(row[1]), row[2]))
    return tuple(newest.values())


def _wave(wave: Wave, counts: Counts, approved: int) -> WaveView:
    state = WaveState(wave.state)
    asked = state in (WaveState.UPDATING, WaveState.SOAKING)
    readings = latest_readings(wave) if asked else ()
    return WaveView(wave.index, state, wave.since, tally_of(counts), readings, approved)


def _planned(counts: Counts) -> int:
    return sum(n for (state, _, _), n in counts.items() if state == AssignmentState.PLANNED)


def _planned_back(latest: QuerySet[Assignment]) -> int:
    return latest.filter(kind=Kind.ROLLBACK, state=AssignmentState.PLANNED).count()


def _flights(latest: QuerySet[Assignment], rules: Rules, now: datetime) -> tuple[Flight, ...]:
    rows = latest.filter(state__in=IN_FLIGHT_VALUES).order_by("pk")
    found = []
    for pk, kind, state, since, refused, delivery in rows.values_list(
        "pk", "kind", "state", "since", "cancel_refused", "delivery"
    ):
        held = _held_seconds(delivery, AssignmentState(state), since, rules, now)
        found.append(Flight(pk, Kind(kind), AssignmentState(state), since, refused, held))
    return tuple(found)


def _held_seconds(
    delivery: Mapping[str, Any],
    state: AssignmentState,
    since: datetime,
    rules: Rules,
    now: datetime,
) -> float:
    """Return for how long a device had to wait for its window, where that is a question at all."""
    late = now - since >= timedelta(seconds=timeout(rules, state))
    if state not in SEEN or not late or "window" not in delivery:
        return 0.0
    window = parse_delivery(delivery).window
    return window.closed_seconds(since, now) if window is not None else 0.0


def _started_lately(rollout: Rollout, rules: Rules, now: datetime) -> int:
    """Return how many updates began in the last minute, of all attempts; asked only for a pace."""
    if rules.starts_per_minute is None:
        return 0
    rows = Assignment.objects.filter(rollout=rollout, kind=Kind.UPDATE)
    return rows.filter(assigned_at__gt=now - PACE).count()


def _of_opened(latest: QuerySet[Assignment], waves: Sequence[Wave]) -> QuerySet[Assignment]:
    """By key, so that the many rows of waves that are not open yet are never looked at."""
    opened = [wave.pk for wave in waves if wave.state != WaveState.PENDING]
    return latest.filter(wave_id__in=opened)


def _ready(latest: QuerySet[Assignment], kind: Kind, cap: int) -> tuple[int, ...]:
    busy = Assignment.objects.filter(
        device=OuterRef("device"), component=OuterRef("component"), state__in=IN_FLIGHT_VALUES
    )
    rows = latest.filter(kind=kind, state=AssignmentState.PLANNED)
    free = rows.filter(~Exists(busy)).order_by("position", "pk")
    return tuple(free.values_list("pk", flat=True)[:cap])


def _to_revert(latest: QuerySet[Assignment]) -> tuple[int, ...]:
    """Return devices that took the release, and those that fell silent after seeing it and so may
    have.
    """
    took = Q(state=AssignmentState.SUCCEEDED)
    perhaps = Q(state=AssignmentState.TIMED_OUT, cause=FailureCause.TIMEOUT)
    rows = latest.filter(took | perhaps, kind=Kind.UPDATE, reverted=False).order_by("position")
    return tuple(rows.values_list("pk", flat=True)[:REVERT_BATCH])


def _misses(latest: QuerySet[Assignment], rules: Rules) -> tuple[Miss, ...]:
    again = Q(kind=Kind.UPDATE, attempt__lt=rules.most_attempts()) | Q(
        kind=Kind.ROLLBACK, attempt__lt=rules.rollback_attempts
    )
    # Nobody waits for a device that left the fleet, and what it had come to stays counted.
    rows = latest.filter(again, state__in=MISSED_VALUES, device__state=DeviceState.ACCEPTED)
    rows = rows.order_by("since", "pk")
    return tuple(
        Miss(pk, Kind(kind), attempt, since, FailureCause(cause or FailureCause.OTHER))
        for pk, kind, attempt, since, cause in rows.values_list(
            "pk", "kind", "attempt", "since", "cause"
        )[:MISS_BATCH]
    )
