"""What a rollout came to: outcomes with causes, waves with times, gates, and who decided what."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db.models import Case, IntegerField, QuerySet, Value, When

from ota.engine.states import AssignmentState, FailureCause, Kind, RolloutState
from ota.engine.transitions import WaveStep
from ota.models import Approval, Assignment, GateResult, Rollout, RolloutEvent, Wave
from ota.releases.deltas.saving import Saving, saving_of
from ota.rollouts.apply import ACTOR

DEVICES_MAX: Final = 1000  # in one report; those that did not succeed come first
EVENTS_MAX: Final = 1000
GATE_RESULTS_MAX: Final = 1000
PASSED_STEPS: Final = frozenset({WaveStep.PASS.value, WaveStep.FAIL.value, WaveStep.CLOSE.value})


@dataclass(frozen=True, slots=True)
class WaveReport:
    """One wave: `ended_at` when it passed, failed or was closed, the last time."""

    wave: Wave
    devices: int
    counts: Mapping[str, int]
    ended_at: datetime | None

    @property
    def seconds(self) -> int | None:
        """From its opening to its end."""
        if self.wave.opened_at is None or self.ended_at is None:
            return None
        return int((self.ended_at - self.wave.opened_at).total_seconds())


@dataclass(frozen=True, slots=True)
class DeviceOutcome:
    """One device: how its update ended, and how its way back did where there was one."""

    part: Assignment
    back: Assignment | None


@dataclass(frozen=True, slots=True)
class RolloutReport:
    """The whole report; `devices` is cut where there are more than it takes."""

    rollout: Rollout
    sentence: str
    counts: Mapping[str, int]
    causes: Mapping[str, int]
    back: Mapping[str, int]
    saving: Saving  # of those that took the release
    waves: tuple[WaveReport, ...]
    gates: tuple[GateResult, ...]  # every change of a verdict or its sentence, in order
    approvals: tuple[Approval, ...]
    decisions: tuple[RolloutEvent, ...]  # of people
    events: tuple[RolloutEvent, ...]
    devices: tuple[DeviceOutcome, ...]
    devices_left_out: int  # of this list

    @property
    def seconds(self) -> int | None:
        """From the start to the end."""
        began, ended = self.rollout.started_at, self.rollout.finished_at
        if began is None or ended is None:
            return None
        return int((ended - began).total_seconds())


def report_of(rollout: Rollout) -> RolloutReport:
    """Return the report as it stands now: of a rollout that runs, what is known so far."""
    latest = Assignment.objects.filter(rollout=rollout, latest=True)
    updates = latest.filter(kind=Kind.UPDATE)
    events = tuple(
        RolloutEvent.objects.filter(rollout=rollout)
        .select_related("wave")
        .order_by("pk")[:EVENTS_MAX]
    )
    counts = _states(updates)
    waves = _waves(rollout, updates, events)
    devices, left_out = _devices(latest)
    gates = GateResult.objects.filter(rollout=rollout).select_related("wave").order_by("pk")
    return RolloutReport(
        rollout=rollout,
        sentence=_sentence(rollout, counts),
        counts=counts,
        causes=_causes(updates),
        back=_states(latest.filter(kind=Kind.ROLLBACK)),
        saving=saving_of(updates.filter(state=AssignmentState.SUCCEEDED)),
        waves=waves,
        gates=tuple(gates[:GATE_RESULTS_MAX]),
        approvals=tuple(rollout.release.approvals.all()),
        decisions=tuple(event for event in events if event.actor != ACTOR),
        events=events,
        devices=devices,
        devices_left_out=left_out,
    )


def _sentence(rollout: Rollout, counts: Mapping[str, int]) -> str:
    took, all_ = counts.get(AssignmentState.SUCCEEDED, 0), sum(counts.values())
    out = counts.get(AssignmentState.SKIPPED, 0)
    some = f"{took} of {all_ - out} devices took the release"
    beside = f", {out} were left out" if out else ""
    why = f": {rollout.reason.rstrip('.')}" if rollout.reason else ""
    word = RolloutState(rollout.state).value.replace("_", " ")
    return f"{some}{beside}; the rollout is {word}{why}."


def _states(rows: QuerySet[Assignment]) -> dict[str, int]:
    return dict(sorted(Counter(rows.order_by().values_list("state", flat=True)).items()))


def _causes(updates: QuerySet[Assignment]) -> dict[str, int]:
    missed = updates.filter(state__in=[AssignmentState.FAILED, AssignmentState.TIMED_OUT])
    found = Counter(missed.order_by().values_list("cause", flat=True))
    return {cause or FailureCause.OTHER.value: n for cause, n in found.most_common()}


def _waves(
    rollout: Rollout, updates: QuerySet[Assignment], events: tuple[RolloutEvent, ...]
) -> tuple[WaveReport, ...]:
    counted: dict[int, Counter[str]] = defaultdict(Counter)
    for wave_id, state in updates.order_by().values_list("wave_id", "state"):
        counted[wave_id][state] += 1
    ended = {
        event.wave_id: event.at for event in events if event.wave_id and event.step in PASSED_STEPS
    }
    return tuple(
        WaveReport(
            wave,
            sum(counted[wave.pk].values()),
            dict(sorted(counted[wave.pk].items())),
            ended.get(wave.pk),
        )
        for wave in rollout.waves.all()
    )


def _devices(latest: QuerySet[Assignment]) -> tuple[tuple[DeviceOutcome, ...], int]:
    well = When(state=AssignmentState.SUCCEEDED, then=Value(2))
    skipped = When(state=AssignmentState.SKIPPED, then=Value(1))
    order = Case(well, skipped, default=Value(0), output_field=IntegerField())
    updates = latest.filter(kind=Kind.UPDATE).select_related("device", "wave", "delta")
    rows = list(updates.order_by(order, "position", "pk")[:DEVICES_MAX])
    back = latest.filter(kind=Kind.ROLLBACK, device__in=[row.device_id for row in rows])
    ways = {row.device_id: row for row in back}
    outcomes = tuple(DeviceOutcome(row, ways.get(row.device_id)) for row in rows)
    return outcomes, max(0, updates.count() - len(rows))
