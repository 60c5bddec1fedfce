"""The agent at rest fits its budget of resident memory."""

import time
from pathlib import Path

import pytest

from tests.agent.conftest import Compile
from tests.agent.simulators.bundles import bundle_of
from tests.agent.simulators.http_server import serving
from tests.agent.simulators.process import AgentProcess
from tests.agent.simulators.service import SimService

BUDGET_BYTES = 45 * 1024 * 1024
PAGE_BYTES = 4096
REST_SECONDS = 30.0


@pytest.mark.e2e
@pytest.mark.toolchain
def test_an_agent_that_runs_a_model_stays_under_45_mb(tmp_path: Path, compiled: Compile) -> None:
    service = SimService(issued_at=int(time.time()))
    settings = {
        "EDGEFLEET_AGENT_POLL_SECONDS": "0.1",
        "EDGEFLEET_AGENT_FEED": "tests.agent.feed_for_tests:counting",
        "EDGEFLEET_AGENT_FEED_OPTIONS": '{"pause": true}',
        "EDGEFLEET_AGENT_WINDOW_SECONDS": "0.5",
    }
    with serving(service) as base:
        agent = AgentProcess(tmp_path / "state", base, settings)
        agent.enrol()
        service.publish("1.0", bundle_of("1.0", library=compiled()))
        process = agent.start("run")
        try:
            deadline = time.monotonic() + REST_SECONDS
            while len(service.frames) < 3:
                assert time.monotonic() < deadline, "no windows came"
                time.sleep(0.05)
            pages = int(Path(f"/proc/{process.pid}/statm").read_text().split()[1])
        finally:
            process.kill()
            process.wait()
    assert pages * PAGE_BYTES < BUDGET_BYTES
