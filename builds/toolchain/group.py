"""Ending a process group, and coming back only when nothing of it runs any more.

A kill is a request: the kernel carries it out when it gets to it, which on a busy machine is later
than the call's return. Whoever removes the group's folder, or starts the next program, must not
meet a process that was told to be gone.
"""

import os
import signal
import time
from contextlib import suppress
from pathlib import Path
from typing import Final

LOOK_SECONDS: Final = 0.002
# Only a process that hangs in the kernel, on a dead disk, outlives its kill so long.
GONE_SECONDS: Final = 60.0
STATE, GROUP = 0, 2  # of /proc/PID/stat, after the name
ENDED: Final = frozenset("ZX")  # dead, and at most not yet reaped by its parent


def end_group(leader: int) -> None:
    """Kill what is left of the group of `leader`, and wait until it has ended."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, signal.SIGKILL)
        deadline = time.monotonic() + GONE_SECONDS
        while _lives(leader) and time.monotonic() < deadline:
            time.sleep(LOOK_SECONDS)


def _lives(leader: int) -> bool:
    os.killpg(leader, 0)  # ProcessLookupError: not even a dead one is left
    processes = list(Path("/proc").glob("[0-9]*/stat"))
    return not processes or any(_runs_in(stat, leader) for stat in processes)


def _runs_in(stat: Path, leader: int) -> bool:
    try:
        fields = stat.read_text().rpartition(")")[2].split()
    except OSError:
        return False  # it ended while we looked
    return int(fields[GROUP]) == leader and fields[STATE] not in ENDED
