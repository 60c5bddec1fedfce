"""A rollout's rows as the engine's Snapshot: a fixed number of queries, whatever the fleet's size.

Rows are read up to the caps; everything else is counted by the database.
"""

from collections import Counter
from collections.abc import Mapping

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet

from fleet.devices.choices import DeviceState
from fleet.lib.verdict import Verdict
from ota.choices import IN_FLIGHT_VALUES, MISSED_VALUES
from ota.engine.rules import Rules
from ota.engine.states import (
    IN_FLIGHT,
    AssignmentState,
    FailureCause,
    Kind,
    RolloutState,
    WaveState,
)
from ota.engine.view import Flight, GateReading, Miss, Snapshot, Tally, WaveView
from ota.models import Assignment, GateResult, Rollout, Wave
from ota.rollouts import policy

REVERT_BATCH = 500  # devices planned back in one decision
MISS_BATCH = 500

Counts = Mapping[tuple[str, str, bool], int]  # (state, cause, since the judgement began)


def take_snapshot(rollout: Rollout) -> Snapshot:
    """Return what the engine has to know about this rollout now."""
    rules = policy.parse(rollout.policy)
    latest = Assignment.objects.filter(rollout=rollout, latest=True)
    waves = list(rollout.waves.all())
    counts = wave_counts(latest.filter(kind=Kind.UPDATE))
    back = rollout.state == RolloutState.ROLLING_BACK
    return Snapshot(
        state=RolloutState(rollout.state),
        rules=rules,
        waves=tuple(_wave(wave, counts.get(wave.index, {})) for wave in waves),
        flights=_flights(latest),
        ready=_ready(latest, Kind.UPDATE, rules.max_in_flight),
        ready_back=_ready(latest, Kind.ROLLBACK, rules.rollback_max_in_flight) if back else (),
        planned_updates=sum(_planned(c) for c in counts.values()),
        planned_back=_planned_back(latest) if back else 0,
        to_revert=_to_revert(latest) if back else (),
        misses=_misses(latest, rules),
    )


def wave_counts(updates: QuerySet[Assignment]) -> dict[int, Counter[tuple[str, str, bool]]]:
    """Assignments of each wave by state and cause; one GROUP BY."""
    rows = (
        updates.annotate(counted=Q(since__gte=F("wave__judged_from")))
        .order_by()
        .values_list("wave__index", "state", "cause", "counted")
        .annotate(devices=Count("pk"))
    )
    waves: dict[int, Counter[tuple[str, str, bool]]] = {}
    for index, state, cause, counted, devices in rows:
        waves.setdefault(index, Counter())[state, cause, bool(counted)] += devices
    return waves


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


def _wave(wave: Wave, counts: Counts) -> WaveView:
    state = WaveState(wave.state)
    asked = state in (WaveState.UPDATING, WaveState.SOAKING)
    readings = latest_readings(wave) if asked else ()
    return WaveView(wave.index, state, wave.since, tally_of(counts), readings)


def _planned(counts: Counts) -> int:
    return sum(n for (state, _, _), n in counts.items() if state == AssignmentState.PLANNED)


def _planned_back(latest: QuerySet[Assignment]) -> int:
    return latest.filter(kind=Kind.ROLLBACK, state=AssignmentState.PLANNED).count()


def _flights(latest: QuerySet[Assignment]) -> tuple[Flight, ...]:
    rows = latest.filter(state__in=IN_FLIGHT_VALUES).order_by("pk")
    return tuple(
        Flight(pk, Kind(kind), AssignmentState(state), since, refused)
        for pk, kind, state, since, refused in rows.values_list(
            "pk", "kind", "state", "since", "cancel_refused"
        )
    )


def _ready(latest: QuerySet[Assignment], kind: Kind, cap: int) -> tuple[int, ...]:
    busy = Assignment.objects.filter(
        device=OuterRef("device"), component=OuterRef("component"), state__in=IN_FLIGHT_VALUES
    )
    rows = latest.filter(kind=kind, state=AssignmentState.PLANNED)
    if kind is Kind.UPDATE:
        rows = rows.exclude(wave__state=WaveState.PENDING)
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
    again = Q(kind=Kind.UPDATE, attempt__lt=rules.attempts) | Q(
        kind=Kind.ROLLBACK, attempt__lt=rules.rollback_attempts
    )
    # Nobody waits for a device that left the fleet, and what it had come to stays counted.
    rows = latest.filter(again, state__in=MISSED_VALUES, device__state=DeviceState.ACCEPTED)
    rows = rows.order_by("since", "pk")
    return tuple(
        Miss(pk, Kind(kind), attempt, since)
        for pk, kind, attempt, since in rows.values_list("pk", "kind", "attempt", "since")[
            :MISS_BATCH
        ]
    )
