"""A slow machine ends no wait: only the end of what is waited for does, or that nothing moves."""

import io
import itertools
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from rich.console import Console

from fleet.demo import service
from fleet.demo.waits import STILL_SECONDS, Stopped, Waits, processor_seconds

HOUR = 3600.0


@dataclass
class Time:
    """A clock that only waiting moves, by a minute."""

    now: float = 0.0
    printed: io.StringIO = field(default_factory=io.StringIO)

    def sleep(self, seconds: float) -> None:
        del seconds
        self.now += 60.0

    def waits(self, ended: str = "") -> Waits:
        return Waits(Console(file=self.printed), lambda: ended, self.sleep, lambda: self.now)


def test_what_moves_is_waited_for_however_long_it_takes() -> None:
    time, stages = Time(), itertools.count()
    found = time.waits().until("the build", lambda: next(stages), lambda stage: stage == 1000)
    assert found == 1000
    assert time.now > 10 * HOUR
    assert "waiting for the build: 999" in time.printed.getvalue()


def test_what_does_not_move_is_given_up() -> None:
    time = Time()
    with pytest.raises(Stopped, match=r"the build: linking .* nothing has moved"):
        time.waits().until("the build", lambda: "linking", lambda _: False)
    assert STILL_SECONDS < time.now < 2 * STILL_SECONDS


def test_a_process_that_ended_ends_the_wait_at_once_but_its_last_deed_counts() -> None:
    time = Time()
    with pytest.raises(Stopped, match="the service ended"):
        time.waits("the service ended").until("the build", lambda: "linking", lambda _: False)
    assert time.now == 0
    assert time.waits("the service ended").until("the build", lambda: "done", bool) == "done"


def test_a_process_that_works_moves() -> None:
    code = "while True: pass"
    with subprocess.Popen([sys.executable, "-c", code]) as busy:
        first = processor_seconds(busy)
        while (later := processor_seconds(busy)) <= first:
            pass
        busy.kill()
    assert later > first


# Stands for `python -m fleet`: gives a token, and serves nothing.
STAND_IN = """
import sys
if sys.argv[1] == "token_create":
    print("ef_pat_of_this_test")
elif "--prepare-only" not in sys.argv:
    sys.exit(3)
"""


def test_address_and_password_are_told_before_the_wait(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "stand_in.py"
    program.write_text(STAND_IN)
    monkeypatch.setattr(service, "MANAGE", (sys.executable, str(program)))
    printed, login = io.StringIO(), service.FirstLogin("open sesame")
    starting = service.running(
        tmp_path / "var",
        "127.0.0.1:1",
        Path.cwd(),
        console=Console(file=printed, width=200),
        login=login,
    )
    monkeypatch.setattr(service, "require_free", lambda bind: None)
    with pytest.raises(Stopped, match=r"the service: .* ended with code 3; see .*log"), starting:
        pytest.fail("it was entered")
    assert login.token == "ef_pat_of_this_test"
    assert "http://127.0.0.1:1/console/  user admin  password open sesame" in printed.getvalue()
