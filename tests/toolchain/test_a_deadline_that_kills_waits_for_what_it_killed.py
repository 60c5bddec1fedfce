"""A kill takes effect when the kernel gets to it: `run` comes back after that, not before."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from builds.toolchain import ToolTimeout, group
from builds.toolchain.run import run

CHILDREN = 16
# The leader starts its children, says so, and hangs; they hold much memory, which takes long to
# give back.
CROWD = f"""
import os, signal, sys
for _ in range({CHILDREN}):
    if not os.fork():
        held = bytearray(os.urandom(1 << 16) * 256)
        open(sys.argv[1], "a").write(f"{{os.getpid()}}\\n")
        signal.pause()
signal.pause()
"""


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def test_run_comes_back_when_the_killed_group_is_gone(tmp_path: Path) -> None:
    note = tmp_path / "children"
    note.touch()
    with pytest.raises(ToolTimeout):
        run([sys.executable, "-c", CROWD, note], cwd=tmp_path, deadline_seconds=2)
    left = [pid for pid in map(int, note.read_text().split()) if alive(pid)]
    assert left == []


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
