"""A sample of the strace sweep: killed, or failed by the medium, at calls that change files."""

import shutil
from pathlib import Path

import pytest

from tests.device_agent.conftest import Compile
from tests.device_agent.simulators.tracing import INJECTIONS, may_trace
from tests.device_agent.strace_sweep import points, rigs, sweep

SAMPLE = 12
CALLS_AT_LEAST = {"update": 90, "enrolment": 15, "repository": 30}


def require_strace() -> None:
    if shutil.which("strace") is None:
        pytest.skip("strace is not installed")


pytestmark = [
    pytest.mark.only_where(
        shutil.which("strace") is None or may_trace(),
        reason="this user may not trace processes",
    ),
    pytest.mark.e2e,
    pytest.mark.toolchain,
]


def test_an_agent_killed_or_failed_at_system_calls_converges(
    memory_path: Path, compiled: Compile
) -> None:
    require_strace()
    tally = sweep(memory_path, compiled(), sample=SAMPLE, seed=20261120)
    assert tally.tried == SAMPLE
    assert tally.points == tally.calls * len(INJECTIONS)


def test_every_kind_of_change_is_among_the_points(memory_path: Path, compiled: Compile) -> None:
    require_strace()
    with rigs(memory_path, compiled()) as every:
        for rig in every:
            found = points(rig, memory_path)
            calls = {(point.call, point.number) for point in found}
            assert len(calls) >= CALLS_AT_LEAST[rig.name]
            assert {"openat", "write", "fsync", "rename"} <= {call for call, _ in calls}
