"""Whatever happens in whatever order: the cap holds, and no failed gate is passed."""

from datetime import timedelta
from itertools import pairwise

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from fleet.lib.verdict import Verdict
from ota.engine.calendar import closed
from ota.engine.commands import Assign, MoveWave
from ota.engine.decide import decide
from ota.engine.rules import FailureRule, Freeze, OnFailure, RetryRule, Rules, WaveRule
from ota.engine.states import (
    FINISHED,
    IN_FLIGHT,
    SEEN,
    AssignmentState,
    FailureCause,
    Kind,
    RolloutState,
    WaveState,
)
from ota.engine.transitions import ASSIGNMENT, ROLLOUT, AssignmentStep, RolloutStep, WaveStep
from tests.simulators.engine_world import START, Part, World

A, S = AssignmentState, AssignmentStep
DEVICE_STEPS = (
    S.RETRIEVE,
    S.DOWNLOAD,
    S.DOWNLOADED,
    S.PROCEED,
    S.SUCCEED,
    S.FAIL,
    S.CANCEL_ACCEPTED,
    S.CANCEL_REFUSED,
    S.FALL_BACK,
)
CAUSES = {S.FAIL: FailureCause.INSTALL, S.FALL_BACK: FailureCause.FELL_BACK}  # fmt: skip
OPERATOR_STEPS = (RolloutStep.PAUSE, RolloutStep.RESUME, RolloutStep.ABORT, RolloutStep.ROLL_BACK)
RULES = st.builds(
    Rules,
    waves=st.sampled_from(
        [
            (WaveRule(100),),
            (WaveRule(10, max_in_flight=1), WaveRule(100)),
            (WaveRule(5), WaveRule(25, soak_seconds=0), WaveRule(100)),
        ]
    ),
    failures=st.lists(
        st.builds(
            FailureRule,
            percent=st.integers(0, 60),
            min_sample=st.integers(1, 6),
            cause=st.sampled_from([None, FailureCause.INSTALL, FailureCause.NO_CONTACT]),
        ),
        max_size=2,
    ).map(tuple),
    gates=st.sampled_from([(), ("telemetry",)]),
    success_percent=st.integers(50, 100),
    max_in_flight=st.integers(1, 5),
    soak_seconds=st.sampled_from([0, 50]),
    offer_seconds=st.just(200),
    install_seconds=st.just(100),
    attempts=st.integers(1, 2),
    retry_seconds=st.just(10),
    rollback_max_in_flight=st.integers(1, 3),
    rollback_attempts=st.integers(1, 2),
    on_failure=st.sampled_from(OnFailure),
    in_flight_first=st.sampled_from([None, 1]),
    starts_per_minute=st.sampled_from([None, 2]),
    retry_factor=st.integers(1, 3),
    retries=st.sampled_from([(), (RetryRule(FailureCause.INSTALL, 3, 5),)]),
    start_at=st.sampled_from([None, START + timedelta(seconds=90)]),
    freezes=st.sampled_from(
        [(), (Freeze(START + timedelta(seconds=120), START + timedelta(seconds=300)),)]
    ),
)


class Engine(RuleBasedStateMachine):
    """Devices, operators, gates and time act at random between ticks."""

    world: World

    @initialize(rules=RULES, devices=st.integers(0, 14))
    def begin(self, rules: Rules, devices: int) -> None:
        self.world = World(rules, devices)
        self.world.operate(RolloutStep.START)

    @rule()
    def tick(self) -> None:
        for command in self.world.tick():
            if isinstance(command, Assign):
                self._began(command.assignment)
            if isinstance(command, MoveWave) and command.step is WaveStep.PASS:
                self._passed(command.index)

    def _began(self, part: int) -> None:
        if self.world.parts[part].kind is Kind.UPDATE:
            assert not closed(self.world.rules, self.world.now)

    def _passed(self, wave: int) -> None:
        world = self.world
        said = {r.gate for r in world.readings.get(wave, ()) if r.verdict is Verdict.PASS}
        tally = world.tally(wave)
        assert tally.empty or said >= set(world.rules.gates)
        assert tally.succeeded * 100 >= world.rules.success_percent * tally.population

    @rule()
    def sign(self) -> None:
        self.world.sign()

    @rule(data=st.data(), step=st.sampled_from(DEVICE_STEPS))
    def device(self, data: st.DataObject, step: AssignmentStep) -> None:
        able = [p for p in self.world.parts if p.latest and (p.state, step) in ASSIGNMENT]
        able = [p for p in able if p.state is not A.SKIPPED or self._may_be_late(p)]
        if able:
            part = data.draw(st.sampled_from(able))
            self.world.step(part.id, step, CAUSES.get(step))

    def _may_be_late(self, part: Part) -> bool:
        """A device that came back may tell of what it was doing when it left."""
        return part.offered and self.world.state is not RolloutState.ROLLED_BACK

    @rule(data=st.data())
    def a_device_leaves(self, data: st.DataObject) -> None:
        if self.world.devices:
            self.world.retire(data.draw(st.integers(0, self.world.devices - 1)))

    @rule(seconds=st.sampled_from([1, 15, 60, 150]))
    def wait(self, seconds: int) -> None:
        self.world.wait(seconds)

    @precondition(lambda self: self.world.rules.gates)
    @rule(data=st.data(), verdict=st.sampled_from(Verdict))
    def gate(self, data: st.DataObject, verdict: Verdict) -> None:
        self.world.gate(data.draw(st.integers(0, len(self.world.waves) - 1)), verdict)

    @rule(step=st.sampled_from(OPERATOR_STEPS))
    def operator(self, step: RolloutStep) -> None:
        if (self.world.state, step) in ROLLOUT:
            self.world.operate(step)

    @invariant()
    def the_caps_hold(self) -> None:
        if not hasattr(self, "world"):
            return
        assert self.world.in_flight() <= self.world.rules.max_in_flight
        pace = self.world.rules.starts_per_minute
        assert pace is None or self.world.started_lately() <= pace
        assert self.world.in_flight(Kind.ROLLBACK) <= self.world.rules.rollback_max_in_flight

    @invariant()
    def a_wave_opens_only_after_the_one_before_passed(self) -> None:
        waves = self.world.waves
        for before, after in pairwise(waves):
            if after not in (WaveState.PENDING, WaveState.CLOSED):
                assert before is WaveState.PASSED

    @invariant()
    def no_device_of_a_shut_wave_moves(self) -> None:
        for part in self.world.parts:
            if self.world.waves[part.wave] is WaveState.PENDING:
                assert part.state in (A.PLANNED, A.CANCELLED, A.SKIPPED)

    @invariant()
    def one_active_part_for_each_device_forward(self) -> None:
        active = [p.device for p in self.world.parts if p.state in IN_FLIGHT]
        forward = [
            p.device for p in self.world.parts if p.state in IN_FLIGHT and p.kind is Kind.UPDATE
        ]
        assert len(forward) == len(set(forward))
        assert len(active) <= 2 * len(set(active))

    @invariant()
    def the_same_snapshot_gives_the_same_commands(self) -> None:
        snapshot = self.world.snapshot()
        assert decide(snapshot, self.world.now) == decide(snapshot, self.world.now)

    def teardown(self) -> None:
        """Left alone with obedient devices, everything ends, and nobody stays on the way."""
        if not hasattr(self, "world"):
            return
        world = self.world
        if (world.state, RolloutStep.ROLL_BACK) in ROLLOUT:
            world.operate(RolloutStep.ROLL_BACK)
        for _ in range(120):
            world.tick()
            world.install()
            world.wait(60)
        assert world.state in (RolloutState.ROLLED_BACK, RolloutState.DRAFT)
        assert all(p.state in FINISHED for p in world.parts if p.latest)
        took = {p.id for p in world.parts if p.kind is Kind.UPDATE and p.state is A.SUCCEEDED}
        assert all(world.parts[i].reverted for i in took)
        assert SEEN <= IN_FLIGHT


TestEngine = Engine.TestCase
TestEngine.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
