"""A child that dies is started again, later each time; stopping leaves nobody behind."""

import os
import signal
import sys
import time
from pathlib import Path

import pytest

from fleet.processes import KINDS, RESTART_SECONDS, Child, Service, commands

SLEEP = (sys.executable, "-c", "import time; time.sleep(60)")
EXIT = (sys.executable, "-c", "print('bye')")


def ended(child: Child) -> None:
    assert child.process
    child.process.wait(20)


def test_a_service_has_a_web_workers_and_a_beat() -> None:
    assert set(commands("127.0.0.1:1")) == set(KINDS)
    assert "127.0.0.1:1" in commands("127.0.0.1:1")["web"]


def test_a_dead_child_waits_before_it_starts_again(tmp_path: Path) -> None:
    child = Child("worker", EXIT, tmp_path / "log")
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
    child = Child("worker", EXIT, tmp_path / "log", deaths=4)
    child.watch(100.0)
    ended(child)
    child.watch(1000.0)
    assert child.deaths == 0


def test_each_process_is_told_what_it_is(tmp_path: Path) -> None:
    show = (sys.executable, "-c", "import os; print(os.environ['EDGEFLEET_PROCESS'])")
    for name, role in (("web", "web"), ("compiler", "build"), ("signer", "signer")):
        child = Child(name, show, tmp_path / name)
        child.start(0.0)
        ended(child)
        assert (tmp_path / name).read_text().strip() == role


def test_leaving_the_service_ends_every_group(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fleet.processes.commands", lambda _: {"web": SLEEP, "worker": SLEEP})
    with Service("127.0.0.1:1") as service:
        pids = [child.process.pid for child in service.children if child.process]
        os.kill(pids[0], signal.SIGKILL)
        deadline = time.monotonic() + 0.3
        service.run(lambda: time.monotonic() > deadline)
    assert len(pids) == 2
    for child in service.children:
        assert child.process is None or child.process.poll() is not None
