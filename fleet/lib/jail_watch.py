"""Watches a process and all below it: how long they run and what memory they touch.

When a bound is passed, or the process ends, every descendant is killed before the watcher returns.
The watcher must be a child subreaper (or the family live in a namespace of process numbers), so
that orphans stay its descendants.
"""

import os
import signal
from contextlib import suppress
from dataclasses import dataclass
from time import monotonic, sleep
from typing import Final

TICK_SECONDS: Final = 0.02
STAT_BYTES: Final = 4096
PAGE_BYTES: Final = os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True)
class Watched:
    """How it ended; `why` is empty when the process ended by itself."""

    why: str
    status: int
    peak_bytes: int


def watch(child: int, *, proc: int, deadline_seconds: float, memory_bytes: int) -> Watched:
    """Wait for `child` within the bounds; `proc` is an open descriptor of our own /proc."""
    until = monotonic() + deadline_seconds
    peak = 0
    why = ""
    while not why:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            end_family(proc)
            return Watched("", status, peak)
        family = descendants(os.getpid(), proc=proc)
        touched = sum(resident_bytes(pid, proc=proc) for pid in family)
        peak = max(peak, touched)
        why = "deadline" if monotonic() > until else "memory" if touched > memory_bytes else ""
        sleep(TICK_SECONDS)
    end_family(proc)
    return Watched(why, int(signal.SIGKILL), peak)


def end_family(proc: int) -> None:
    """Kill and reap until nothing is left; stopping all first keeps any from outrunning the
    killing.
    """
    while family := descendants(os.getpid(), proc=proc):
        for number in (signal.SIGSTOP, signal.SIGKILL):
            for pid in family:
                with suppress(ProcessLookupError, PermissionError):
                    os.kill(pid, number)
        _reap()


def _reap() -> None:
    with suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def descendants(root: int, *, proc: int) -> list[int]:
    """Every process below `root`, from the parent numbers in /proc."""
    children: dict[int, list[int]] = {}
    for name in os.listdir(proc):
        if name.isdigit() and (parent := _parent(name, proc)):
            children.setdefault(parent, []).append(int(name))
    found: list[int] = []
    queue = [root]
    while queue:
        below = children.get(queue.pop(), [])
        found += below
        queue += below
    return found


def _parent(name: str, proc: int) -> int:
    # The command's name is in brackets and may hold anything, so count from the last bracket.
    fields = _read(f"{name}/stat", proc).rpartition(b")")[2].split()
    return int(fields[1]) if len(fields) > 1 else 0


def resident_bytes(pid: int, *, proc: int) -> int:
    """Memory that a process touches; 0 when it is gone."""
    fields = _read(f"{pid}/statm", proc).split()
    return int(fields[1]) * PAGE_BYTES if len(fields) > 1 else 0


def _read(path: str, proc: int) -> bytes:
    try:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC, dir_fd=proc)
    except OSError:
        return b""
    try:
        return os.read(fd, STAT_BYTES)
    except OSError:
        return b""
    finally:
        os.close(fd)
