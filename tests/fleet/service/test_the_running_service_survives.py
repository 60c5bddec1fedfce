"""The service that `make up` starts: stuck connections, killed processes, and an orderly end."""

import os
import signal
import sys
import time
from pathlib import Path

import pytest

from tests.fleet.service.budget import children, tree
from tests.fleet.service.running import service
from tests.fleet.service.slow import SETTINGS, polls, stuck, world

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(sys.platform != "linux", reason="reads /proc"),
]
STUCK = 96


def test_devices_are_answered_while_others_are_stuck_and_after_every_process_was_killed(
    tmp_path: Path,
) -> None:
    with service(tmp_path, **SETTINGS) as running:
        there = world(running)
        with stuck(running, there, STUCK):
            assert len(polls(running, there, 5)) == 5
        first = children(running.pid)
        for pid in first:
            os.kill(pid, signal.SIGKILL)
        assert len(polls(running, there, 5)) == 5, "the socket outlives those who listen"
        while len(children(running.pid) - first) < len(first):
            assert Path(f"/proc/{running.pid}").exists(), "the supervisor has ended"
            time.sleep(0.1)  # processes of the system: there is nothing else to wait on
        everybody = tree(running.pid)
    assert not [pid for pid in everybody if Path(f"/proc/{pid}").exists()]
