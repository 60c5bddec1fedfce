"""A rollout in memory: applies the engine's commands by the same tables, without a database."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from fleet.lib.verdict import Verdict
from ota.engine import commands as c
from ota.engine.calendar import PACE
from ota.engine.decide import decide
from ota.engine.rules import Rules
from ota.engine.states import (
    FINISHED,
    IN_FLIGHT,
    UNFINISHED,
    AssignmentState,
    FailureCause,
    Kind,
    RolloutState,
    WaveState,
)
from ota.engine.transitions import (
    ASSIGNMENT,
    ROLLOUT,
    WAVE,
    AssignmentStep,
    RolloutStep,
    WaveStep,
    advance,
)
from ota.engine.view import Flight, GateReading, Miss, Snapshot, Tally, WaveView
from ota.engine.waves import wave_ends, wave_of

START = datetime(2030, 1, 1, tzinfo=UTC)
MISSED = (AssignmentState.FAILED, AssignmentState.TIMED_OUT)


@dataclass
class Part:
    """One assignment."""

    id: int
    device: int
    wave: int
    kind: Kind = Kind.UPDATE
    state: AssignmentState = AssignmentState.PLANNED
    since: datetime = START
    cause: FailureCause | None = None
    attempt: int = 1
    latest: bool = True
    refused: bool = False
    reverted: bool = False
    offered: bool = False
    assigned_at: datetime | None = None


@dataclass
class World:
    """The rollout, its waves and every device's parts."""

    rules: Rules
    devices: int
    state: RolloutState = RolloutState.DRAFT
    now: datetime = START
    reason: str = ""
    waves: list[WaveState] = field(default_factory=list)
    wave_since: list[datetime] = field(default_factory=list)
    judged_from: list[datetime] = field(default_factory=list)
    readings: dict[int, tuple[GateReading, ...]] = field(default_factory=dict)
    parts: list[Part] = field(default_factory=list)
    log: list[c.Command] = field(default_factory=list)

    def __post_init__(self) -> None:
        ends = wave_ends(self.devices, self.rules.waves)
        count = len(self.rules.waves)
        self.waves = [WaveState.PENDING] * count
        self.wave_since, self.judged_from = [START] * count, [START] * count
        self.parts = [Part(i, i, wave_of(i, ends)) for i in range(self.devices)]

    # --- what the engine sees ---
    def snapshot(self) -> Snapshot:
        live = [p for p in self.parts if p.latest]
        planned = [p for p in live if p.state is AssignmentState.PLANNED]
        updates = [p for p in planned if p.kind is Kind.UPDATE]
        back = [p for p in planned if p.kind is Kind.ROLLBACK]
        opened = [p.id for p in updates if self.waves[p.wave] is not WaveState.PENDING]
        return Snapshot(
            state=self.state,
            rules=self.rules,
            waves=tuple(self._wave(i) for i in range(len(self.waves))),
            flights=tuple(
                Flight(p.id, p.kind, p.state, p.since, p.refused)
                for p in live
                if p.state in IN_FLIGHT
            ),
            ready=tuple(opened),
            ready_back=tuple(p.id for p in back),
            planned_updates=len(updates),
            planned_back=len(back),
            to_revert=tuple(p.id for p in live if self._took(p)),
            misses=tuple(
                Miss(p.id, p.kind, p.attempt, p.since, p.cause or FailureCause.OTHER)
                for p in live
                if p.state in MISSED
            ),
            started_lately=self.started_lately(),
        )

    def started_lately(self) -> int:
        """Updates that began within the last minute."""
        began = [p.assigned_at for p in self.parts if p.kind is Kind.UPDATE and p.assigned_at]
        return sum(at > self.now - PACE for at in began)

    def _took(self, part: Part) -> bool:
        took = part.state is AssignmentState.SUCCEEDED or part.cause is FailureCause.TIMEOUT
        return part.kind is Kind.UPDATE and took and not part.reverted

    def _wave(self, index: int) -> WaveView:
        return WaveView(
            index,
            self.waves[index],
            self.wave_since[index],
            self.tally(index),
            self.readings.get(index, ()),
        )

    def tally(self, index: int) -> Tally:
        parts = [p for p in self.parts if p.latest and p.kind is Kind.UPDATE and p.wave == index]
        missed = [p for p in parts if p.state in MISSED]
        counted = [p for p in missed if p.since >= self.judged_from[index]]
        failed: dict[FailureCause, int] = {}
        for part in counted:
            failed[part.cause or FailureCause.OTHER] = (
                failed.get(part.cause or FailureCause.OTHER, 0) + 1
            )
        return Tally(
            planned=sum(p.state is AssignmentState.PLANNED for p in parts),
            in_flight=sum(p.state in IN_FLIGHT for p in parts),
            succeeded=sum(p.state is AssignmentState.SUCCEEDED for p in parts),
            skipped=sum(p.state is AssignmentState.SKIPPED for p in parts),
            cancelled=sum(p.state is AssignmentState.CANCELLED for p in parts),
            forgiven=len(missed) - len(counted),
            failed=failed,
        )

    # --- what the engine does ---
    def tick(self, rounds: int = 1) -> tuple[c.Command, ...]:
        done: tuple[c.Command, ...] = ()
        for _ in range(rounds):
            commands = decide(self.snapshot(), self.now)
            for command in commands:
                self._apply(command)
            done += commands
        self.log += done
        return done

    def _apply(self, command: c.Command) -> None:
        match command:
            case c.MoveRollout(step, reason):
                self.operate(step, reason)
            case c.MoveWave(index, step, _):
                self._move_wave(index, step)
            case c.Assign(assignment):
                self.step(assignment, AssignmentStep.ASSIGN)
            case c.Expire(assignment, cause):
                self.step(assignment, AssignmentStep.EXPIRE, cause)
            case c.CancelAssignment(assignment, _):
                self.step(assignment, AssignmentStep.CANCEL)
            case c.CancelPlanned():
                self._cancel_planned()
            case c.Revert(assignment):
                self.parts[assignment].reverted = True
                self._plan(self.parts[assignment], Kind.ROLLBACK, 1)
            case c.Retry(assignment):
                old = self.parts[assignment]
                old.latest = False
                self._plan(old, old.kind, old.attempt + 1)

    def _plan(self, old: Part, kind: Kind, attempt: int) -> None:
        self.parts.append(
            Part(len(self.parts), old.device, old.wave, kind, since=self.now, attempt=attempt)
        )

    def _cancel_planned(self) -> None:
        for part in self.parts:
            if part.state is AssignmentState.PLANNED and part.kind is Kind.UPDATE:
                self.step(part.id, AssignmentStep.CANCEL)

    def _move_wave(self, index: int, step: WaveStep) -> None:
        self.waves[index] = advance(WAVE, self.waves[index], step)
        self.wave_since[index] = self.now

    # --- what operators and devices do ---
    def operate(self, step: RolloutStep, reason: str = "asked") -> None:
        self.state = advance(ROLLOUT, self.state, step)
        self.reason = reason
        if step is RolloutStep.RESUME:
            for index, state in enumerate(self.waves):
                if state is WaveState.PASSED:
                    self.judged_from[index] = self.now
                if state is WaveState.FAILED:
                    self.judged_from[index] = self.now
                    self.readings.pop(index, None)
                    self._move_wave(index, WaveStep.RETRY)

    def step(self, part: int, step: AssignmentStep, cause: FailureCause | None = None) -> None:
        row = self.parts[part]
        row.state = advance(ASSIGNMENT, row.state, step)
        row.since, row.cause = self.now, cause
        if step is AssignmentStep.ASSIGN:
            row.assigned_at = self.now
        row.offered = row.offered or step is AssignmentStep.OFFER
        row.refused = row.refused or step is AssignmentStep.CANCEL_REFUSED

    def retire(self, device: int) -> None:
        """The device leaves the fleet: whatever it had open ends."""
        for part in self.parts:
            if part.device == device and part.state in UNFINISHED:
                self.step(part.id, AssignmentStep.SKIP)

    def fall_back(self, *parts: int) -> None:
        for part in parts:
            self.step(part, AssignmentStep.FALL_BACK, FailureCause.FELL_BACK)

    def sign(self) -> None:
        for part in self.parts:
            if part.state is AssignmentState.ASSIGNED:
                self.step(part.id, AssignmentStep.OFFER)

    def install(self, *, fail: frozenset[int] = frozenset()) -> None:
        """Every device that sees an offer takes it at once."""
        self.sign()
        for part in self.parts:
            if part.state in IN_FLIGHT and part.state is not AssignmentState.ASSIGNED:
                self._answer(part, fail)

    def _answer(self, part: Part, fail: frozenset[int]) -> None:
        if part.state is AssignmentState.CANCELLING:
            self.step(part.id, AssignmentStep.CANCEL_ACCEPTED)
        elif part.kind is Kind.UPDATE and part.device in fail:
            self.step(part.id, AssignmentStep.FAIL, FailureCause.INSTALL)
        else:
            self.step(part.id, AssignmentStep.SUCCEED)

    def gate(self, wave: int, verdict: Verdict, name: str = "telemetry") -> None:
        self.readings[wave] = (GateReading(name, verdict, "measured"),)

    def wait(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)

    # --- what tests ask ---
    def in_flight(self, kind: Kind = Kind.UPDATE) -> int:
        return sum(p.state in IN_FLIGHT and p.kind is kind for p in self.parts)

    def states(self, *, wave: int | None = None) -> list[AssignmentState]:
        return [p.state for p in self.parts if p.latest and wave in (None, p.wave)]

    def settled(self) -> bool:
        return all(p.state in FINISHED for p in self.parts)
