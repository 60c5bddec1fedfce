"""A child that dies is started again, later each time; stopping leaves nobody behind."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from fleet.service.supervisor import RESTART_SECONDS, Child, Service

ROOT = Path(__file__).parents[2]
PATIENCE_SECONDS = 30.0


@pytest.fixture(autouse=True)
def alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is forked here touches no lock that a thread of another test may hold."""
    monkeypatch.setattr("threading.active_count", lambda: 1)


def asleep() -> None:
    time.sleep(60)


def says_bye() -> None:
    os.write(1, b"bye\n")


def ended(child: Child) -> None:
    assert child.wait(PATIENCE_SECONDS)


def gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


def until(reached: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not reached():
        assert time.monotonic() < deadline
        time.sleep(0.01)  # a process of the system: there is nothing else to wait on


def test_a_dead_child_waits_before_it_starts_again(tmp_path: Path) -> None:
    child = Child("worker", says_bye, tmp_path / "log")
    now = 100.0
    for death in range(1, 4):
        child.watch(now)
        ended(child)
        child.watch(now)
        assert child.process is None
        assert child.deaths == death
        assert child.due == now + RESTART_SECONDS[death]
        child.watch(child.due - 0.01)
        assert child.process is None
        now = child.due
    assert (tmp_path / "log").read_text() == "bye\n" * 3


def test_a_child_that_lived_long_starts_at_the_first_delay(tmp_path: Path) -> None:
    child = Child("worker", says_bye, tmp_path / "log", deaths=4)
    child.watch(100.0)
    ended(child)
    child.watch(1000.0)
    assert child.deaths == 0


def test_leaving_the_service_ends_every_group() -> None:
    with Service([("web", asleep), ("worker", asleep)]) as service:
        pids = [child.process.pid for child in service.children if child.process]
        os.kill(pids[0] or 0, signal.SIGKILL)
        ended(service.children[0])
        service.watch()
    assert len(pids) == 2
    assert all(gone(pid) for pid in pids if pid)


def test_what_a_dead_child_started_does_not_outlive_it(tmp_path: Path) -> None:
    note = tmp_path / "grandchild"

    def leaves_one_behind() -> None:
        sleeper = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
        note.write_text(str(sleeper.pid))
        os._exit(1)

    child = Child("compiler", leaves_one_behind)
    child.watch(0.0)
    ended(child)
    child.watch(0.0)
    until(lambda: _dead(int(note.read_text())))


def test_a_process_with_threads_is_not_forked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("threading.active_count", lambda: 2)
    child = Child("web", asleep)
    with pytest.raises(RuntimeError, match="threads"):
        child.start(0.0)
    assert child.process is None


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child of it")
def test_children_end_when_the_supervisor_is_killed(tmp_path: Path) -> None:
    program = """
import sys, time
from pathlib import Path
from fleet.service.supervisor import Service
def live():
    Path(sys.argv[1]).write_text(str(__import__("os").getpid()))
    time.sleep(60)
with Service([("web", live)]) as service:
    service.run(lambda: False)
"""
    note = tmp_path / "pid"
    supervisor = subprocess.Popen([sys.executable, "-c", program, str(note)], cwd=ROOT)
    try:
        until(lambda: note.exists() and note.read_text() != "")
    finally:
        supervisor.kill()
        supervisor.wait()
    until(lambda: _dead(int(note.read_text())))


def _dead(pid: int) -> bool:
    """Gone, or waiting to be reaped by whoever adopted it."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True
