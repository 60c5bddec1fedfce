"""The command line against a real socket: enrol, once, run, status, and bad starts."""

import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from device_agent.protocol.frame import FrameFlags, unpack_counts
from tests.device_agent.conftest import Compile
from tests.device_agent.simulators.bundles import bundle_of, schema_of
from tests.device_agent.simulators.http_server import serving
from tests.device_agent.simulators.process import AgentProcess
from tests.device_agent.simulators.service import SimService
from tests.waiting import PATIENCE_SECONDS, until

pytestmark = [pytest.mark.e2e, pytest.mark.toolchain]

FAST = {
    "EDGEFLEET_AGENT_POLL_SECONDS": "0.1",
    "EDGEFLEET_AGENT_WINDOW_SECONDS": "0.3",
    "EDGEFLEET_AGENT_TRIAL_SECONDS": "1",
    "EDGEFLEET_AGENT_FEED": "tests.device_agent.feed_for_tests:counting",
    "EDGEFLEET_AGENT_FEED_OPTIONS": '{"pause": true}',
    "EDGEFLEET_AGENT_IDLE_SECONDS": "0.002",
}


@pytest.fixture
def service() -> Iterator[SimService]:
    made = SimService(issued_at=int(time.time()))
    with serving(made):
        yield made


def test_once_installs_proves_confirms_and_tells(
    service: SimService, tmp_path: Path, compiled: Compile
) -> None:
    agent = AgentProcess(tmp_path / "state", service.base, FAST)
    agent.enrol()
    action = service.publish("1.0", bundle_of("1.0", library=compiled()))
    done = agent.call("once")
    assert done.returncode == 0, done.stderr
    assert action.state == "success", action.feedback
    found = agent.status()
    assert found["phase"] == "idle"
    assert found["running"]["version"] == "1.0"  # type: ignore[index]


def test_run_feeds_the_model_and_hands_in_windows(
    service: SimService, tmp_path: Path, compiled: Compile
) -> None:
    agent = AgentProcess(tmp_path / "state", service.base, FAST)
    agent.enrol()
    action = service.publish("1.0", bundle_of("1.0", library=compiled()))
    process = agent.start("run")
    try:
        until(lambda: action.state == "success" and len(service.frames) >= 3)
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE_SECONDS) == 0
    finally:
        process.kill()
        process.wait()
    schema = schema_of("1.0")
    frame = next(f for f in service.frames.values() if f.samples > 20)
    counts = unpack_counts(frame.blob, schema.layout.total)
    assert frame.schema_id == schema.schema_id
    assert sum(counts[schema.layout.feature(0)]) == frame.samples
    assert sum(counts[schema.layout.confidences]) == frame.samples
    assert sum(counts[schema.layout.latency]) == frame.samples
    assert counts[schema.layout.counter("invalid")] > 0


def test_the_last_window_survives_the_stop_and_is_handed_in_by_the_next_start(
    service: SimService, tmp_path: Path, compiled: Compile
) -> None:
    agent = AgentProcess(
        tmp_path / "state", service.base, {**FAST, "EDGEFLEET_AGENT_WINDOW_SECONDS": "3600"}
    )
    agent.enrol()
    service.publish("1.0", bundle_of("1.0", library=compiled()))
    process = agent.start("run")
    try:
        until(lambda: service.attributes.get("version") == "1.0")
        process.send_signal(signal.SIGTERM)
        process.wait(PATIENCE_SECONDS)
    finally:
        process.kill()
        process.wait()
    assert agent.status()["windows_waiting"] == 1
    assert agent.call("once").returncode == 0
    (frame,) = service.frames.values()
    assert frame.flags is FrameFlags.SHUTDOWN
    assert agent.status()["windows_waiting"] == 0


@pytest.mark.parametrize(
    ("defect", "reason"),
    [("CRASH", "SIGSEGV"), ("WRONG", "other bytes"), ("REFUSES", "ef_invoke answered 7")],
)
def test_a_model_that_misbehaves_takes_nothing_with_it(
    service: SimService, tmp_path: Path, compiled: Compile, defect: str, reason: str
) -> None:
    agent = AgentProcess(tmp_path / "state", service.base, FAST)
    agent.enrol()
    service.publish("1.0", bundle_of("1.0", library=compiled()))
    assert agent.call("once").returncode == 0
    bad = service.publish("2.0", bundle_of("2.0", library=compiled(defect)))
    assert agent.call("once").returncode == 0
    assert bad.state == "failure"
    assert reason in bad.feedback[-1].details[0]
    assert agent.status()["running"]["version"] == "1.0"  # type: ignore[index]


def test_a_model_that_hangs_is_stopped_at_the_deadline(
    service: SimService, tmp_path: Path, compiled: Compile
) -> None:
    agent = AgentProcess(
        tmp_path / "state", service.base, {**FAST, "EDGEFLEET_AGENT_PROVE_SECONDS": "1.5"}
    )
    agent.enrol()
    bad = service.publish("1.0", bundle_of("1.0", library=compiled("HANG")))
    assert agent.call("once").returncode == 0
    assert bad.state == "failure"
    assert "longer than 1.5 seconds" in bad.feedback[-1].details[0]


def test_two_agents_do_not_share_a_folder(
    service: SimService, tmp_path: Path, compiled: Compile
) -> None:
    agent = AgentProcess(tmp_path / "state", service.base, FAST)
    agent.enrol()
    process = agent.start("run")
    try:
        until(lambda: not service.config_wanted)
        second = agent.call("once")
        assert second.returncode == 2
        assert "Another agent runs" in second.stderr
    finally:
        process.kill()
        process.wait()


def test_exit_codes_say_what_is_wrong(service: SimService, tmp_path: Path) -> None:
    agent = AgentProcess(tmp_path / "state", service.base, FAST)
    assert agent.call("once").returncode == 3
    assert agent.call("enrol", "wrong-code").returncode == 4
    assert agent.call("--config", "/nowhere.json", "status").returncode == 2
    agent.enrol()
    service.keys.clear()
    turned_away = agent.call("once")
    assert turned_away.returncode == 4
    assert "Unknown device" in turned_away.stderr


def test_no_network_is_an_orderly_failure(tmp_path: Path) -> None:
    service = SimService()
    with serving(service) as base:
        agent = AgentProcess(tmp_path / "state", base, FAST)
        agent.enrol()
    done = agent.call("once")
    assert done.returncode == 1
    assert "did not answer" in done.stderr
