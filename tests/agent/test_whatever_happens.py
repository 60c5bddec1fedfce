"""Hypothesis drives a device and a service at will; what must always hold is checked each time."""

import contextlib

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from device_agent import slots
from device_agent.agent import Agent
from device_agent.errors import AgentError
from device_agent.state import Phase
from tests.agent.simulators.bundles import WRONG, bundle_of
from tests.agent.simulators.device import enrolled_device
from tests.agent.simulators.storage import Cut, Loss, PowerCut

VISITS_TO_CONVERGE = 4


class Whatever(RuleBasedStateMachine):
    agent: Agent

    @initialize()
    def begin(self) -> None:
        self.device = enrolled_device()
        self.device.wire.piece = 2048
        self.service = self.device.service
        self.floor = 0
        self.number = 1
        self.expected = "1.0"
        self.service.publish("1.0", bundle_of("1.0"))
        self.agent = self.device.boot()
        self.device.update(self.agent)

    def attempt(self, act: object) -> None:
        """Do something in the agent; its own errors are part of life, a power cut restarts it."""
        assert callable(act)
        try:
            with contextlib.suppress(AgentError):
                act()
        except PowerCut:
            self.device.storage = self.device.storage.after_power_cut(self.loss)
            self.agent = self.device.boot()
        self.device.storage.cut = None

    @rule()
    def visit(self) -> None:
        self.attempt(self.agent.visit)

    @rule()
    def judge(self) -> None:
        self.attempt(self.agent.check_trial)

    @rule()
    def restart(self) -> None:
        self.agent = self.device.boot()

    @rule(
        at=st.integers(0, 60),
        torn=st.sampled_from([-1, 0, 1, 7, None]),
        loss=st.sampled_from(list(Loss)),
    )
    def cut_during_a_visit(self, at: int, torn: int | None, loss: Loss) -> None:
        self.loss = loss
        storage = self.device.storage
        storage.operations, storage.cut = 0, Cut(at, torn)
        self.attempt(self.agent.visit)

    @precondition(lambda self: self.service.offered is None)
    @rule(good=st.booleans())
    def publish(self, good: bool) -> None:
        self.number += 1
        version = f"{self.number}.0"
        library = b"" if good else WRONG + version.encode()
        self.service.publish(version, bundle_of(version, library=library))

    @precondition(lambda self: self.service.offered is not None)
    @rule()
    def cancel(self) -> None:
        offered = self.service.offered
        assert offered is not None
        self.service.cancel(offered)

    @rule(days=st.sampled_from([-20_000, -1, 1, 5_000]))
    def jump_clock(self, days: int) -> None:
        self.device.clock.offset += days * 86_400.0

    @rule(down=st.booleans(), cut=st.sampled_from([None, 0, 100, 4000]))
    def disturb_network(self, down: bool, cut: int | None) -> None:
        self.device.wire.down, self.device.wire.cut_at = down, cut

    @rule(byte=st.integers(0, 10_000))
    def rot_the_inactive_slot(self, byte: int) -> None:
        slot = self.agent.state.inactive
        inode = self.device.storage.files.get(f"{slots.folder(slot)}/libmodel.so")
        if inode is not None and inode.data and self.agent.state.phase is Phase.IDLE:
            inode.data[byte % len(inode.data)] ^= 1

    @invariant()
    def one_slot_is_confirmed_and_sound(self) -> None:
        state = self.agent.state
        assert state.active is not None
        assert slots.slot_is(self.device.storage, state.active, state.slots[state.active])

    @invariant()
    def the_counter_never_goes_down(self) -> None:
        assert self.agent.state.floor >= self.floor
        self.floor = self.agent.state.floor

    @invariant()
    def nothing_runs_that_did_not_prove_itself(self) -> None:
        running = self.agent.state.running
        library = self.device.storage.read(f"slot-{running}/libmodel.so", limit=16) or b""
        assert not library.startswith(WRONG)

    @invariant()
    def no_action_has_two_outcomes(self) -> None:
        for action in self.service.actions:
            assert len({told.finished for told in action.terminal}) <= 1

    def teardown(self) -> None:
        if not hasattr(self, "device"):
            return
        self.device.wire.down, self.device.wire.cut_at = False, None
        self.device.clock.offset = 1_790_000_060.0 - self.device.clock.now
        for _ in range(VISITS_TO_CONVERGE):
            self.device.update(self.agent)
        assert self.agent.state.phase is Phase.IDLE
        assert self.service.offered is None
        assert self.agent.state.outbox == ()


Whatever.TestCase.settings = settings(max_examples=40, stateful_step_count=30, deadline=None)
TestWhatever = Whatever.TestCase
