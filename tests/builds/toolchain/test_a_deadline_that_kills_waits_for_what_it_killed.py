"""A kill takes effect when the kernel gets to it: `run` comes back after that, not before."""

import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path

import pytest

from builds.toolchain import ToolTimeout, group
from builds.toolchain.run import run

CHILDREN = 16
# The leader starts its children and hangs; they hold much memory, which takes long to
# give back.
CROWD = f"""
import os, signal
for _ in range({CHILDREN}):
    if not os.fork():
        held = bytearray(os.urandom(1 << 16) * 256)
        signal.pause()
signal.pause()
"""


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def named(word: str) -> list[int]:
    """The processes that live and have a word on their command line."""
    found = []
    for path in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if word.encode() in (path / "cmdline").read_bytes().split(b"\0"):
                found.append(int(path.name))
    return [pid for pid in found if alive(pid)]


def test_run_comes_back_when_the_killed_group_is_gone(tmp_path: Path) -> None:
    word, most = str(tmp_path / "crowd"), 0

    def look(over: threading.Event) -> None:
        nonlocal most
        while not over.wait(0.05):
            most = max(most, len(named(word)))

    over = threading.Event()
    looking = threading.Thread(target=look, args=[over])
    looking.start()
    try:
        with pytest.raises(ToolTimeout):
            run([sys.executable, "-c", CROWD, word], cwd=tmp_path, deadline_seconds=5)
        left = named(word)
    finally:
        over.set()
        looking.join()
    assert left == []
    assert most > 1, "there was nobody to wait for"


def test_it_waits_for_those_that_take_their_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """The kernel carries the kill out only after three looks: it is sent then, in its place."""
    leader = subprocess.Popen(
        [sys.executable, "-c", "import signal; signal.pause()"], start_new_session=True
    )
    looks = []

    def late(seconds: float) -> None:
        looks.append(seconds)
        if len(looks) == 3:
            os.kill(leader.pid, signal.SIGKILL)

    killpg = os.killpg
    monkeypatch.setattr(os, "killpg", lambda pid, number: killpg(pid, 0))
    monkeypatch.setattr(time, "sleep", late)
    group.end_group(leader.pid)
    assert len(looks) >= 3
    assert not alive(leader.pid)
    leader.wait()
