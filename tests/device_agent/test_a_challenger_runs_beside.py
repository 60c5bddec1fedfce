"""A challenger beside the champion: verified, asked, counted, reported; and every way it breaks."""

import itertools
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from device_agent.challenging import MODEL_FOLDER
from device_agent.loop import Loop
from device_agent.model.beside import convert
from device_agent.model.quantise import Feed
from device_agent.protocol.field.shadow import ShadowReport, ShadowState
from device_agent.protocol.manifest import Tensor
from device_agent.slot_runner import SlotRunner
from device_agent.storage.port import FileStorage
from tests.device_agent.conftest import Compile
from tests.device_agent.simulators.bundles import bundle_of
from tests.device_agent.simulators.device import CONFIG, SimDevice
from tests.device_agent.simulators.service import SimService
from tests.waiting import until

pytestmark = pytest.mark.toolchain
SETTINGS = replace(CONFIG, poll_seconds=30.0, window_seconds=60.0, idle_seconds=1.0)


def samples() -> Iterator[Feed | None]:
    for number in itertools.count():
        yield bytes([number % 100, 1, 2, 3])


class Rig:
    """A device whose champion has passed its trial, on real files."""

    def __init__(self, folder: Path, library: bytes, *, tuf: bool = True) -> None:
        service = SimService()
        service.tuf_root = b"what the device was given at enrolment" if tuf else b""
        self.device = SimDevice(service, config=SETTINGS)
        self.files = FileStorage(folder)
        self.device.storage = self.files  # type: ignore[assignment]
        self.device.enrol()
        service.publish("1.0", bundle_of("1.0", library=library))
        self.boot()
        for _ in range(60):
            self.loop.turn()
        self.visit()
        assert self.agent.state.active == "a"

    @property
    def service(self) -> SimService:
        return self.device.service

    def boot(self) -> None:
        self.agent = self.device.boot()
        self.running = SlotRunner(self.agent, self.files)
        self.loop = Loop(self.agent, self.running, samples(), uniform=lambda: 0.5)

    def visit(self) -> ShadowReport | None:
        """The next visit, and what it told last."""
        self.device.clock.now += 31
        self.loop.turn()
        return self.service.shadow_reports[-1] if self.service.shadow_reports else None

    def turns(self, done: Callable[[], bool]) -> None:
        """Go on in real time, because the challenger is a real process."""

        def turn() -> bool:
            for _ in range(4):
                self.loop.turn()
            return done()

        until(turn)

    @property
    def counted(self) -> int:
        return self.running._challenging._counted.ran

    @property
    def state(self) -> ShadowState:
        return self.running._challenging._state

    def inferences(self) -> int:
        self.running.stop()
        return sum(frame.samples for _, frame, _ in self.agent.spool.waiting()) + sum(
            frame.samples for frame in self.service.frames.values()
        )


@pytest.fixture
def rig(memory_path: Path, compiled: Compile) -> Iterator[Rig]:
    made = Rig(memory_path, compiled())
    yield made
    made.running.stop()


def test_agreement_is_counted_and_told(rig: Rig, compiled: Compile) -> None:
    rig.service.challenge("2.0", bundle_of("2.0", library=compiled()))
    rig.visit()
    rig.turns(lambda: rig.counted >= 20)
    told = rig.visit()
    assert told is not None
    assert (told.state, told.champion, told.reason) == (ShadowState.RUNNING, "1.0", "")
    assert told.ran >= 20
    assert all(champion == challenger for champion, challenger, _ in told.pairs)


def test_every_second_inference_is_asked(rig: Rig, compiled: Compile) -> None:
    rig.service.challenge("2.0", bundle_of("2.0", library=compiled()), every=2)
    rig.visit()
    rig.turns(lambda: rig.counted >= 5)
    challenging = rig.running._challenging
    counted = challenging._counted
    turns = challenging._turn // 2
    assert counted.ran + counted.skipped in {turns, turns - 1}


def test_inputs_of_another_scale_are_the_same_numbers() -> None:
    given = Tensor("x", "int8", (1, 2, 2, 1), 0.5, -3, 4)
    wanted = replace(given, scale=0.25, zero_point=1)
    data = bytes([0xFD, 0, 1, 0xFB])  # 0.0, 1.5, 2.0, -1.0
    assert convert(data, given, wanted) == bytes([1, 7, 9, 0xFD])
    assert convert(data, given, given) == data


def test_nothing_is_told_twice(rig: Rig, compiled: Compile) -> None:
    rig.service.challenge("2.0", bundle_of("2.0", library=compiled("CRASH")))
    rig.visit()
    rig.turns(lambda: rig.state is ShadowState.STOPPED)
    rig.visit()
    told = len(rig.service.shadow_reports)
    rig.visit()
    assert len(rig.service.shadow_reports) == told


@pytest.mark.parametrize(
    ("defines", "claims", "said"),
    [
        (("CRASH",), {}, "process ended by signal 11"),
        (("CRASH", "LATER"), {}, "process ended by signal 11"),
        (("REFUSES",), {}, "ef_invoke answered 7"),
        (("WRONG",), {}, "Golden vector 0 gives other bytes"),
        (("GREEDY",), {"memory_mib": 128}, "does not load as a model"),
    ],
)
def test_whatever_it_does_the_champion_goes_on(
    rig: Rig, compiled: Compile, defines: tuple[str, ...], claims: dict[str, object], said: str
) -> None:
    before = rig.inferences()
    rig.boot()
    rig.service.challenge("2.0", bundle_of("2.0", library=compiled(*defines)), **claims)
    rig.visit()
    rig.turns(lambda: rig.state is ShadowState.STOPPED)
    told = rig.visit()
    assert told is not None
    assert said in told.reason, told.reason
    assert rig.running.ready
    assert rig.agent.state.active == "a"
    assert rig.inferences() > before
    assert not any(frame.samples == 0 for frame in rig.service.frames.values())


def test_one_that_hangs_is_ended_at_its_budget(rig: Rig, compiled: Compile) -> None:
    library = compiled("HANG", "LATER")
    rig.service.challenge("2.0", bundle_of("2.0", library=library), time_ms=500)
    rig.visit()
    rig.turns(lambda: rig.counted >= 7)
    begun = time.monotonic()
    for _ in range(200):
        rig.loop.turn()
    assert time.monotonic() - begun < 5, "the champion does not wait for it"
    rig.device.clock.now += 1
    rig.turns(lambda: rig.state is ShadowState.STOPPED)
    told = rig.visit()
    assert told is not None
    assert told.reason == "An inference took longer than 0.5 seconds."
    assert rig.running._challenging._child is None


@pytest.mark.parametrize(
    ("claims", "said"),
    [
        ({"target": "linux-aarch64"}, "is for target"),
        ({"model": "letters"}, "disagree on the model"),
        ({"tuf_path": "digits/9.9/none"}, "no such target"),
        ({"statement": {}}, "must be"),
    ],
)
def test_what_is_not_released_is_refused(
    rig: Rig, compiled: Compile, claims: dict[str, object], said: str
) -> None:
    rig.service.challenge("2.0", bundle_of("2.0", library=compiled()), **claims)
    told = rig.visit()
    assert told is not None
    assert told.state is ShadowState.REFUSED
    assert said in told.reason, told.reason
    assert rig.files.size(f"{MODEL_FOLDER}/manifest.json") is None


def test_one_that_another_key_has_signed_is_refused(rig: Rig, compiled: Compile) -> None:
    order = rig.service.challenge("2.0", bundle_of("2.0", library=compiled()))
    stranger = SimService()
    forged = stranger.challenge("2.0", bundle_of("2.0", library=compiled()))
    rig.service.shadow = replace(order, statement=forged.statement)
    told = rig.visit()
    assert told is not None
    assert told.state is ShadowState.REFUSED


def test_an_older_security_counter_is_refused(rig: Rig, compiled: Compile) -> None:
    rig.service.security = 0
    rig.service.challenge("2.0", bundle_of("2.0", library=compiled()))
    told = rig.visit()
    assert told is not None
    assert "has security counter 0, this device has run 1" in told.reason


def test_other_bytes_than_were_signed_never_run(rig: Rig, compiled: Compile) -> None:
    order = rig.service.challenge("2.0", bundle_of("2.0", library=compiled()))
    rig.service.challengers[order.artifact.name] = bytes(order.artifact.length)
    for _ in range(3):
        rig.visit()
    assert rig.running._challenging._child is None
    assert rig.running.ready


def test_it_ends_when_the_service_says_no_more_or_its_time_is_over(
    rig: Rig, compiled: Compile
) -> None:
    end = int(rig.device.clock.wall()) + 100
    rig.service.challenge("2.0", bundle_of("2.0", library=compiled()), until=end)
    rig.visit()
    rig.turns(lambda: rig.counted >= 1)
    rig.device.clock.now += 200
    rig.loop.turn()
    assert rig.running._challenging._child is None
    told = rig.visit()
    assert told is not None
    assert told.reason == "Its time is over."
    rig.service.shadow = None
    rig.visit()
    assert rig.files.size("challenger/bundle.part") is None


def test_a_device_without_a_repository_runs_none(memory_path: Path, compiled: Compile) -> None:
    made = Rig(memory_path, compiled(), tuf=False)
    made.service.challenge("2.0", bundle_of("2.0", library=compiled()))
    told = made.visit()
    made.running.stop()
    assert told is not None
    assert "knows no update repository" in told.reason


def test_after_a_restart_it_is_verified_and_begins_anew(rig: Rig, compiled: Compile) -> None:
    rig.service.challenge("2.0", bundle_of("2.0", library=compiled()))
    rig.visit()
    rig.turns(lambda: rig.counted >= 3)
    rig.running.stop()
    rig.boot()
    rig.visit()
    rig.turns(lambda: rig.counted >= 3)
    first, last = rig.visit(), rig.service.shadow_reports[-1]
    assert first is not None
    assert last.boot_id == rig.agent.state.boot_id
