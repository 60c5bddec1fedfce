"""A sample of the strace sweep: killed, or failed by the medium, at calls of a real update."""

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.agent.conftest import Compile
from tests.agent.strace_sweep import sweep

SAMPLE = 10


def may_trace() -> bool:
    """Whether this user may trace; without strace nobody knows, and the test says so."""
    if shutil.which("strace") is None:
        return True
    probe = subprocess.run(["strace", "-o/dev/null", "true"], capture_output=True, check=False)
    return probe.returncode == 0


@pytest.mark.only_where(may_trace(), reason="this user may not trace processes")
@pytest.mark.e2e
@pytest.mark.toolchain
def test_an_agent_killed_or_failed_at_system_calls_converges(
    tmp_path: Path, compiled: Compile
) -> None:
    if shutil.which("strace") is None:
        pytest.skip("strace is not installed")
    tried, every = sweep(tmp_path, compiled(), sample=SAMPLE, seed=20261120)
    assert tried == SAMPLE
    assert every > 200
