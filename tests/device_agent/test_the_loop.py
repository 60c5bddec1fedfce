"""The one loop: feeds, windows, trials, visits and waits, on simulated time and a real model."""

import itertools
import logging
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from device_agent.agent import Agent
from device_agent.config import Config
from device_agent.errors import ModelBroken, StorageFull
from device_agent.loop import Loop
from device_agent.model.quantise import Feed
from device_agent.slot_runner import SlotRunner
from device_agent.state.record import UpdatePhase
from device_agent.storage.port import FileStorage
from tests.device_agent.conftest import Compile
from tests.device_agent.simulators.bundles import bundle_of
from tests.device_agent.simulators.device import CONFIG, SimDevice
from tests.device_agent.simulators.service import SimService

pytestmark = pytest.mark.toolchain

SETTINGS = replace(CONFIG, poll_seconds=30.0, window_seconds=60.0, idle_seconds=1.0)


class Rig:
    """A device on real files, so that a real model can be loaded."""

    def __init__(self, folder: Path, config: Config = SETTINGS) -> None:
        self.device = SimDevice(SimService(), config=config)
        self.files = FileStorage(folder)
        self.device.storage = self.files  # type: ignore[assignment]
        self.device.enrol()

    def start(self, feed: Iterator[Feed | None]) -> tuple[Agent, Loop]:
        agent = self.device.boot()
        return agent, Loop(agent, SlotRunner(agent, self.files), feed, uniform=lambda: 0.5)

    def run(self, loop: Loop, seconds: float) -> None:
        until = self.device.clock.now + seconds
        while self.device.clock.now < until:
            loop.turn()


def samples() -> Iterator[Feed | None]:
    for number in itertools.count():
        yield bytes([number % 100, 1, 2, 3])
        yield None


def nothing() -> Iterator[Feed | None]:
    return itertools.repeat(None)


def test_a_trial_ends_well_after_enough_good_inferences(tmp_path: Path, compiled: Compile) -> None:
    rig = Rig(tmp_path)
    action = rig.device.service.publish("1.0", bundle_of("1.0", library=compiled()))
    agent, loop = rig.start(samples())
    loop.turn()
    assert agent.state.phase is UpdatePhase.TRIAL
    rig.run(loop, 25)
    assert agent.state.active == "a"
    rig.run(loop, 2)
    assert action.state == "success", "the outcome is told without waiting for the next poll"


def test_a_trial_without_input_is_judged_by_the_golden_vectors(
    tmp_path: Path, compiled: Compile
) -> None:
    rig = Rig(tmp_path)
    rig.device.service.publish("1.0", bundle_of("1.0", library=compiled()))
    agent, loop = rig.start(nothing())
    rig.run(loop, SETTINGS.trial_seconds - 10)
    assert agent.state.phase is UpdatePhase.TRIAL
    rig.run(loop, 20)
    assert agent.state.active == "a"


def test_a_model_that_fails_on_live_input_is_reverted(tmp_path: Path, compiled: Compile) -> None:
    rig = Rig(tmp_path)
    agent, loop = rig.start(samples())
    rig.device.service.publish("1.0", bundle_of("1.0", library=compiled()))
    rig.run(loop, 60)
    # The simulated processor lets it pass; live inferences do not.
    bad = rig.device.service.publish("2.0", bundle_of("2.0", library=compiled("REFUSES")))
    rig.run(loop, 90)
    assert bad.state == "failure"
    assert bad.feedback[-1].details[0].startswith("trial: 1 inferences failed")
    assert agent.state.active == "a"
    before = len(rig.device.service.frames)
    rig.run(loop, 130)
    assert len(rig.device.service.frames) > before, "the old model goes on"


def test_a_file_that_does_not_load_is_reverted(tmp_path: Path) -> None:
    rig = Rig(tmp_path)
    bad = rig.device.service.publish("1.0", bundle_of("1.0", library=b"good but no library"))
    agent, loop = rig.start(samples())
    rig.run(loop, 60)
    assert bad.state == "failure"
    assert "does not load" in bad.feedback[-1].details[0]
    assert agent.state.running is None


def test_windows_close_by_time_and_are_handed_in(tmp_path: Path, compiled: Compile) -> None:
    rig = Rig(tmp_path)
    rig.device.service.publish("1.0", bundle_of("1.0", library=compiled()))
    _, loop = rig.start(samples())
    rig.run(loop, 330)
    frames = sorted(rig.device.service.frames.values(), key=lambda frame: frame.seq)
    assert [frame.seq for frame in frames] == list(range(1, len(frames) + 1))
    assert len(frames) in {4, 5}
    assert all(frame.duration_s in {60, 61} for frame in frames)
    assert all(50 < frame.samples < 70 for frame in frames)


def test_a_switch_of_models_closes_the_window(tmp_path: Path, compiled: Compile) -> None:
    rig = Rig(tmp_path)
    rig.device.service.publish("1.0", bundle_of("1.0", library=compiled()))
    _, loop = rig.start(samples())
    rig.run(loop, 40)
    rig.device.service.publish("2.0", bundle_of("2.0", library=compiled()))
    rig.run(loop, 200)
    schemas = {frame.schema_id for frame in rig.device.service.frames.values()}
    assert len(schemas) == 2


def test_bad_input_is_counted_and_ends_nothing(tmp_path: Path, compiled: Compile) -> None:
    rig = Rig(tmp_path)
    rig.device.service.publish("1.0", bundle_of("1.0", library=compiled()))
    feed: Iterator[Feed | None] = itertools.cycle([bytes(4), b"too long", [1.0], None])
    agent, loop = rig.start(feed)
    rig.run(loop, 100)
    assert agent.state.active == "a"


def test_a_feed_that_fails_is_left_and_the_agent_goes_on(
    tmp_path: Path, compiled: Compile, caplog: pytest.LogCaptureFixture
) -> None:
    def failing() -> Iterator[Feed | None]:
        yield bytes(4)
        raise RuntimeError("the camera is gone")

    rig = Rig(tmp_path)
    rig.device.service.publish("1.0", bundle_of("1.0", library=compiled()))
    _, loop = rig.start(failing())
    with caplog.at_level(logging.ERROR):
        rig.run(loop, 40)
    assert "the feed failed" in caplog.text.lower()
    polls = [path for _, path in rig.device.service.requests if path.endswith("/dev-1")]
    rig.run(loop, 100)
    after = [path for _, path in rig.device.service.requests if path.endswith("/dev-1")]
    assert len(after) > len(polls)


def test_an_outage_is_waited_out_with_growing_patience(tmp_path: Path) -> None:
    rig = Rig(tmp_path)
    _, loop = rig.start(nothing())
    rig.device.wire.down = True
    rig.run(loop, 3600)
    asked = len(rig.device.wire.sent)
    assert asked < 40
    rig.device.wire.down = False
    rig.run(loop, 900)
    assert not rig.device.service.config_wanted


def test_a_service_that_names_a_time_is_not_asked_before(tmp_path: Path) -> None:
    rig = Rig(tmp_path)
    _, loop = rig.start(nothing())
    rig.device.wire.sent.clear()
    rig.device.wire.fault = lambda request, reply: (503, {"retry-after": "600"}, b"")
    rig.run(loop, 590)
    assert len(rig.device.wire.sent) == 1


def test_the_model_goes_on_while_a_download_takes_its_time(
    tmp_path: Path, compiled: Compile
) -> None:
    rig = Rig(tmp_path)
    rig.device.service.publish("1.0", bundle_of("1.0", library=compiled()))
    fed: list[int] = []

    def counting() -> Iterator[Feed | None]:
        for number in itertools.count():
            fed.append(number)
            yield bytes(4)
            yield None

    _, loop = rig.start(counting())
    rig.run(loop, 70)
    before = len(fed)
    rig.device.wire.piece = 100
    rig.device.service.publish("2.0", bundle_of("2.0", library=compiled() + bytes(20_000)))
    polls = len(rig.device.service.requests)
    while not [p for _, p in rig.device.service.requests[polls:] if "artifacts" in p]:
        loop.turn()
    assert len(fed) - before > 100


def test_a_stop_closes_the_window_and_keeps_it(tmp_path: Path, compiled: Compile) -> None:
    rig = Rig(tmp_path)
    rig.device.service.publish("1.0", bundle_of("1.0", library=compiled()))
    agent, loop = rig.start(samples())
    rig.run(loop, 10)
    loop.stop()
    loop.run()
    (window,) = agent.spool.waiting()
    assert window[1].samples > 3


def test_a_confirmed_model_that_keeps_ending_the_agent_is_not_loaded(
    tmp_path: Path, compiled: Compile
) -> None:
    rig = Rig(tmp_path)
    rig.device.service.publish("1.0", bundle_of("1.0", library=compiled()))
    agent, loop = rig.start(samples())
    rig.run(loop, 40)
    assert agent.state.active == "a"
    for _ in range(4):
        agent, loop = rig.start(samples())
    loop.turn()
    assert not loop.runner.ready
    polls = len(rig.device.service.requests)
    rig.run(loop, 100)
    assert len(rig.device.service.requests) > polls, "it still listens for a better one"


def test_a_broken_golden_vector_ends_a_trial_without_input(
    tmp_path: Path, compiled: Compile
) -> None:
    rig = Rig(tmp_path)
    bad = rig.device.service.publish("1.0", bundle_of("1.0", library=compiled()))
    agent, loop = rig.start(nothing())
    loop.turn()

    class Late:
        def prove(self, slot: object) -> None:
            raise ModelBroken("It only worked once.")

    agent.prover = Late()
    rig.run(loop, 150)
    assert bad.state == "failure"
    assert agent.state.running is None


def test_a_model_that_was_told_to_end_four_times_is_not_given_up(
    tmp_path: Path, compiled: Compile
) -> None:
    rig = Rig(tmp_path)
    rig.device.service.publish("1.0", bundle_of("1.0", library=compiled()))
    _, loop = rig.start(samples())
    rig.run(loop, 40)
    for _ in range(5):
        _, loop = rig.start(nothing())
        loop.turn()
        loop.stop()
        loop.run()
    _, loop = rig.start(samples())
    loop.turn()
    assert loop.runner.ready


def test_told_to_stop_a_download_ends_at_once_and_goes_on_at_the_next_start(
    tmp_path: Path, compiled: Compile
) -> None:
    rig = Rig(tmp_path)
    library = compiled() + bytes(20_000)
    action = rig.device.service.publish("1.0", bundle_of("1.0", library=library))
    rig.device.wire.piece = 100
    _, loop = rig.start(nothing())
    rig.device.wire.tick = loop.stop
    loop.run()
    held = rig.files.size("download/bundle.part") or 0
    assert 0 < held <= 200
    rig.device.wire.tick = lambda: None
    _, loop = rig.start(samples())
    rig.run(loop, 60)
    assert action.state == "success"


@pytest.mark.parametrize("library", ["works", "does not load"])
def test_a_verdict_that_the_medium_does_not_take_is_given_again(
    tmp_path: Path, compiled: Compile, library: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    rig = Rig(tmp_path)
    made = compiled() if library == "works" else b"good but no library"
    action = rig.device.service.publish("1.0", bundle_of("1.0", library=made))
    agent, loop = rig.start(samples())
    agent.visit()
    assert agent.state.phase is UpdatePhase.TRIAL

    def full(path: str, data: bytes) -> None:
        raise StorageFull("No space left on device.")

    with monkeypatch.context() as patched:
        patched.setattr(rig.files, "append", full)
        rig.run(loop, 100)
    assert agent.state.phase is UpdatePhase.TRIAL
    rig.run(loop, 100)
    assert action.state == ("success" if library == "works" else "failure")
