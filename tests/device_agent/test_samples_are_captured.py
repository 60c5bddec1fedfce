"""Captured samples: which are kept, how much of them, for whose key; nothing else notices."""

import itertools
import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from device_agent.loop import Loop
from device_agent.model.quantise import Feed
from device_agent.protocol.field import capture
from device_agent.protocol.field.capture import CapturedSample, CaptureOrder, Pick
from device_agent.protocol.field.sealed import open_box
from device_agent.slot_runner import SlotRunner
from device_agent.storage.port import FileStorage
from device_agent.telemetry.keeper import MEMORY_BYTES, TOLD_BYTES, Keeper
from tests.device_agent.conftest import Compile
from tests.device_agent.simulators.bundles import bundle_of
from tests.device_agent.simulators.device import CONFIG, SimDevice
from tests.device_agent.simulators.service import SimService

KEY = X25519PrivateKey.generate()
PUBLIC = KEY.public_key().public_bytes_raw().hex()
SETTINGS = replace(CONFIG, poll_seconds=30.0, window_seconds=60.0, idle_seconds=1.0)


def kept(number: int, sure: int = 100, size: int = 4) -> CapturedSample:
    return CapturedSample(number.to_bytes(size, "big"), 0, sure)


def test_a_reservoir_keeps_each_as_likely_as_any_other() -> None:
    counted: Counter[bytes] = Counter()
    for seed in range(2000):
        keeper = Keeper(Pick.UNIFORM, 3, 1000, choose=random.Random(seed))
        for number in range(12):
            keeper.offer(kept(number))
        counted.update(each.data for each in keeper.kept)
    assert len(counted) == 12
    assert all(abs(count - 500) < 100 for count in counted.values()), counted


def test_the_least_sure_are_kept() -> None:
    keeper = Keeper(Pick.UNCERTAIN, 3, 1000)
    for sure in (200, 140, 250, 130, 180, 135, 255):
        keeper.offer(kept(sure, sure))
    assert sorted(each.sure for each in keeper.kept) == [130, 135, 140]


@pytest.mark.parametrize("pick", Pick)
def test_it_never_takes_more_than_its_room(pick: Pick) -> None:
    keeper = Keeper(pick, 1000, 100)
    for number in range(500):
        keeper.offer(kept(number, number % 256, size=10))
    assert len(keeper.kept) == 100 // (10 + TOLD_BYTES)
    huge = Keeper(pick, 10, 2**40)
    huge.offer(kept(1, size=MEMORY_BYTES + 1))
    assert huge.kept == []


def samples() -> Iterator[Feed | None]:
    for number in itertools.count():
        yield bytes([number % 100, 1, 2, 3])


class Rig:
    """A device whose owner allows the fleet's key, and whose model runs."""

    def __init__(self, folder: Path, library: bytes, capture_key: str = PUBLIC) -> None:
        config = replace(SETTINGS, capture_key=capture_key)
        self.device = SimDevice(SimService(), config=config)
        self.files = FileStorage(folder)
        self.device.storage = self.files  # type: ignore[assignment]
        self.device.enrol()
        self.service.publish("1.0", bundle_of("1.0", library=library))
        self.agent = self.device.boot()
        self.running = SlotRunner(self.agent, self.files)
        self.loop = Loop(self.agent, self.running, samples(), uniform=lambda: 0.5)
        self.turns(60)

    @property
    def service(self) -> SimService:
        return self.device.service

    def turns(self, count: int) -> None:
        for _ in range(count):
            self.loop.turn()

    def visit(self, count: int = 1) -> None:
        for _ in range(count):
            self.device.clock.now += 31
            self.loop.turn()

    def order(self, **changes: object) -> CaptureOrder:
        until = int(self.device.clock.wall()) + 100
        made = CaptureOrder("cap_1", "digits", "1.0", Pick.UNIFORM, 0, 0, 20, 4096, until, PUBLIC)
        self.service.capture = replace(made, **changes)  # type: ignore[arg-type]
        return self.service.capture

    def opened(self) -> list[CapturedSample]:
        found = []
        for batch, box in self.service.batches:
            context = capture.context_of(batch.id, "dev-1", batch.seq)
            if box:
                found += capture.unpack(open_box(box, key=KEY, context=context))[1]
        return found

    @property
    def reason(self) -> str:
        return self.service.batches[-1][0].reason


@pytest.fixture
def rig(memory_path: Path, compiled: Compile) -> Iterator[Rig]:
    made = Rig(memory_path, compiled())
    yield made
    made.running.stop()


@pytest.mark.toolchain
def test_samples_are_kept_sealed_and_handed_in_once(rig: Rig) -> None:
    rig.order()
    rig.visit()
    rig.turns(50)
    rig.visit()
    assert rig.service.batches == [], "nothing is handed in before its time"
    rig.visit(3)
    assert [(batch.seq, batch.last) for batch, _ in rig.service.batches] == [(0, True)]
    found = rig.opened()
    assert len(found) == 20
    assert all(each.data[1:] == bytes([1, 2, 3]) for each in found)
    assert not any(each.data in box for each in found for _, box in rig.service.batches)
    rig.visit(3)
    assert len(rig.service.batches) == 1


@pytest.mark.toolchain
def test_only_inputs_of_the_bin_are_kept(rig: Rig) -> None:
    """The feature is the mean of the input, with edges at -50, 0 and 50."""
    rig.order(pick=Pick.BIN, feature=0, bin=2)
    rig.visit()
    rig.turns(120)
    rig.visit(4)
    means = [sum(each.data) / 4 for each in rig.opened()]
    assert means
    assert all(0 <= mean < 50 for mean in means)


@pytest.mark.toolchain
@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"key": "11" * 32}, "for another key"),
        ({"pick": Pick.BIN, "feature": 9}, "counts no feature 9"),
        ({"version": "7.0"}, "No input was kept"),
        ({"bytes_max": 1}, "No input was kept"),
    ],
)
def test_what_cannot_be_captured_is_told(rig: Rig, changes: dict[str, object], said: str) -> None:
    rig.order(**changes)
    rig.visit()
    rig.turns(30)
    rig.visit(5)
    assert len(rig.service.batches) == 1
    assert said in rig.reason
    assert rig.opened() == []


@pytest.mark.toolchain
def test_an_owner_who_names_no_key_allows_nothing(memory_path: Path, compiled: Compile) -> None:
    made = Rig(memory_path, compiled(), capture_key="")
    made.order()
    made.visit(5)
    made.running.stop()
    assert "owner allows no capture" in made.reason
    assert made.opened() == []


@pytest.mark.toolchain
def test_a_service_that_fails_costs_nothing_else(rig: Rig) -> None:
    rig.order()
    rig.visit()
    rig.turns(30)
    rig.device.clock.now += 100
    rig.service.capture_status = 503
    rig.visit(2)
    assert rig.running.ready
    rig.service.capture_status = 200
    rig.visit(2)
    assert len(rig.opened()) == 20


@pytest.mark.toolchain
def test_many_samples_go_in_several_visits(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("device_agent.capturing.BATCH_BYTES_MAX", 32)
    rig.order()
    rig.visit()
    rig.turns(50)
    rig.visit(8)
    assert [batch.last for batch, _ in rig.service.batches] == [False, False, True]
    assert len(rig.opened()) == 20


@pytest.mark.toolchain
def test_an_order_that_is_withdrawn_leaves_nothing(rig: Rig) -> None:
    rig.order()
    rig.visit()
    rig.turns(30)
    rig.service.capture = None
    rig.visit(6)
    assert rig.service.batches == []
