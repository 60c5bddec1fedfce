"""Hypothesis drives a device and a service at will; what must always hold is checked each time.

Invariants: nothing runs that was not signed and proven (S1), one slot is confirmed and sound (S2),
counters never go down (S3), the pinned keys stay (S4), no action has two outcomes (S5), the medium
does not fill up (S6), the device's key never leaves it (S7). Afterwards the device converges (L1),
after a bounded number of downloads (L2), and has told what it runs (L3).
"""

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
from securesystemslib.signer import CryptoSigner

from device_agent.agent import Agent
from device_agent.errors import AgentError, ServiceUnreachable
from device_agent.identity.keys import Enrolment, device_key, load_enrolment
from device_agent.state import slots
from device_agent.state.record import UpdatePhase
from device_agent.storage.durable import RECORD_LIMIT, decode_record
from tests.device_agent.simulators.bundles import WRONG, bundle_of
from tests.device_agent.simulators.device import SimDevice
from tests.device_agent.simulators.service import SimService
from tests.device_agent.simulators.storage import Cut, Loss, PowerCut, SimStorage

VISITS_TO_CONVERGE = 4
ROOM_BYTES = 64 * 1024  # two slots, a download, the memory and what is written aside
DOWNLOADS_LIMIT = 80  # of one action, whatever happens: 30 stalls, and some luck between them


class Whatever(RuleBasedStateMachine):
    agent: Agent
    known: Enrolment

    @initialize()
    def begin(self) -> None:
        service = SimService()
        service.tuf_root = b"what the device was given at enrolment"
        self.device = SimDevice(service)
        self.device.enrol()
        self.device.wire.piece = 2048
        self.service = self.device.service
        self.floor = 0
        self.number = 1
        self.expected = "1.0"
        self.service.publish("1.0", bundle_of("1.0"))
        self.agent = self.device.boot()
        self.device.update(self.agent)
        self.security = 1
        self.known = load_enrolment(self.device.storage)
        self.secret = device_key(self.device.storage).private_bytes_raw()
        self.director = self.service.director
        self.killed = False
        self.replayed: set[str] = set()

    def attempt(self, act: object) -> None:
        """Do something in the agent; its own errors are part of life, a power cut restarts it."""
        assert callable(act)
        try:
            with contextlib.suppress(AgentError):
                act()
        except PowerCut:
            if not self.killed:
                self.device.storage = self.device.storage.after_power_cut(self.loss)
            self.device.storage.cut = None
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

    @rule(at=st.integers(0, 60), torn=st.sampled_from([-1, 1, None]))
    def kill_during_a_visit(self, at: int, torn: int | None) -> None:
        self.killed = True
        self.cut_during_a_visit(at, torn, Loss.NOTHING)
        self.killed = False

    @rule(at=st.integers(0, 12), loss=st.sampled_from(list(Loss)))
    def cut_during_a_start(self, at: int, loss: Loss) -> None:
        self.loss = loss
        storage = self.device.storage
        storage.operations, storage.cut = 0, Cut(at)
        self.attempt(self.start)

    def start(self) -> None:
        self.agent = self.device.boot()

    @precondition(lambda self: self.service.offered is None)
    @rule(good=st.booleans(), safer=st.booleans())
    def publish(self, good: bool, safer: bool) -> None:
        self.number += 1
        self.service.security += safer
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
        if inode is not None and inode.data and self.agent.state.phase is UpdatePhase.IDLE:
            inode.data[byte % len(inode.data)] ^= 1

    @rule(half=st.sampled_from("01"), byte=st.integers(0, 2000))
    def rot_half_of_the_memory(self, half: str, byte: int) -> None:
        # Of the half that is not the newest: of the newest, a step of history may be lost.
        newest = max("01", key=lambda name: _sequence(self.device.storage, name))
        inode = self.device.storage.files.get(f"state.{half}")
        if inode is not None and inode.data and half != newest:
            inode.data[byte % len(inode.data)] ^= 1

    @rule(byte=st.integers(0, 10_000))
    def rot_the_download(self, byte: int) -> None:
        inode = self.device.storage.files.get("download/bundle.part")
        if inode is not None and inode.data:
            inode.data[byte % len(inode.data)] ^= 1

    @rule()
    def replace_the_directors_key(self) -> None:
        """Somebody signs with a key that this device does not pin."""
        self.service.director = CryptoSigner.generate_ed25519()

    @rule()
    def restore_the_directors_key(self) -> None:
        self.service.director = self.director

    @precondition(lambda self: self.service.offered is None)
    @rule(which=st.integers(0, 30))
    def offer_again_what_is_over(self, which: int) -> None:
        action = self.service.actions[which % len(self.service.actions)]
        self.replayed.add(action.number)
        action.state = "offered"

    @invariant()
    def the_pinned_keys_stay(self) -> None:
        assert load_enrolment(self.device.storage) == self.known

    @invariant()
    def the_medium_does_not_fill_up(self) -> None:
        held = self.device.storage.files.values()
        assert sum(len(inode.data) for inode in held) < ROOM_BYTES

    @invariant()
    def the_devices_key_never_leaves_it(self) -> None:
        for request in self.device.wire.sent:
            assert self.secret not in (request.body or b"")
            assert self.secret.hex() not in repr((request.url, request.headers, request.body))
        self.device.wire.sent.clear()

    @invariant()
    def one_slot_is_confirmed_and_sound(self) -> None:
        state = self.agent.state
        assert state.active is not None
        assert slots.slot_is(self.device.storage, state.active, state.slots[state.active])

    @invariant()
    def the_counter_never_goes_down(self) -> None:
        assert self.agent.state.floor >= self.floor
        self.floor = self.agent.state.floor
        security = self.agent.state.security.get("digits", 0)
        assert security >= self.security
        self.security = security

    @invariant()
    def nothing_runs_that_did_not_prove_itself(self) -> None:
        running = self.agent.state.running
        library = self.device.storage.read(f"slot-{running}/libmodel.so", limit=16) or b""
        assert not library.startswith(WRONG)
        assert running is not None
        digest = self.agent.state.slots[running].sha256
        assert digest in {action.told.artifact.sha256 for action in self.service.actions}

    @invariant()
    def no_action_has_two_outcomes(self) -> None:
        for action in self.service.actions:
            assert len({told.finished for told in action.terminal}) <= 1

    def teardown(self) -> None:
        if not hasattr(self, "device"):
            return
        self.service.director = self.director
        self.device.wire.down, self.device.wire.cut_at = False, None
        self.device.clock.offset = 1_790_000_060.0 - self.device.clock.now
        for _ in range(VISITS_TO_CONVERGE):
            with contextlib.suppress(ServiceUnreachable):  # bytes that rotted are fetched once more
                self.device.update(self.agent)
        assert self.agent.state.phase is UpdatePhase.IDLE
        assert self.service.offered is None
        assert self.agent.state.outbox == ()
        running = self.agent.state.slots[self.agent.state.running or "a"]  # type: ignore[index]
        assert self.service.attributes["version"] == running.version
        for action in self.service.actions:
            assert self.downloads(action.number) <= DOWNLOADS_LIMIT

    def downloads(self, number: str) -> int:
        return sum(f"/artifacts/{number}/" in path for _, path in self.service.requests)


def _sequence(storage: SimStorage, half: str) -> int:
    found = decode_record(storage.read(f"state.{half}", limit=RECORD_LIMIT) or b"")
    return found[0] if found else -1


Whatever.TestCase.settings = settings(max_examples=40, stateful_step_count=30, deadline=None)
TestWhatever = Whatever.TestCase
