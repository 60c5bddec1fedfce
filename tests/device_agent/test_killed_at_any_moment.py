"""SIGKILL to a real agent process in the middle of an update: the next start carries it on."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.device_agent.conftest import Compile
from tests.device_agent.simulators.bundles import bundle_of
from tests.device_agent.simulators.http_server import serving
from tests.device_agent.simulators.process import AgentProcess
from tests.device_agent.simulators.service import SimService

pytestmark = [pytest.mark.e2e, pytest.mark.toolchain]

BIG_BYTES = 4 * 1024 * 1024


@pytest.fixture
def service() -> Iterator[SimService]:
    made = SimService(issued_at=int(time.time()))
    with serving(made):
        yield made


@pytest.mark.parametrize(
    "moment",
    [
        "download/bundle.part",
        "slot-b/libmodel.so.new",
        "slot-b/manifest.json",
        "slot-b/signed.json",
    ],
)
def test_an_agent_killed_during_an_update_converges(
    service: SimService, tmp_path: Path, compiled: Compile, moment: str
) -> None:
    agent = AgentProcess(tmp_path / "state", service.base, {})
    agent.enrol()
    first = compiled() + bytes(BIG_BYTES)
    service.publish("1.0", bundle_of("1.0", library=first))
    assert agent.call("once").returncode == 0
    update = service.publish("2.0", bundle_of("2.0", library=first + b"2"))

    process = agent.start("once")
    while not (agent.folder / moment).exists() and process.poll() is None:
        time.sleep(0.0005)
    process.kill()
    process.wait()

    assert agent.status()["active"] == "a"
    assert agent.call("once").returncode == 0
    found = agent.status()
    assert found["running"]["version"] == "2.0"  # type: ignore[index]
    assert found["active"] == "b"
    assert update.state == "success"
    assert len({told.finished for told in update.terminal}) == 1
