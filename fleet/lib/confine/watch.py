"""Watches a process and all below it: how long they run, what memory they touch, what they write.

When a bound is passed, or the process ends, every descendant is killed before the watcher returns.
The watcher must be a child subreaper (or the family live in a namespace of process numbers), so
that orphans stay its descendants.
"""

import os
import select
import signal
from contextlib import suppress
from time import monotonic, sleep
from typing import Final, NamedTuple

from fleet.lib.confine.written import Written, written_by

TICK_SECONDS: Final = 0.02
TICK_MOST_SECONDS: Final = 0.25  # where one look takes long, or the family has long been at work
TICK_SHARE: Final = 5  # a look at the family takes at most one part in so many of the time
AGE_SHARE: Final = 50  # the next look is at most one part in so many of its age away
LOOK_SHARE: Final = 20  # looking at what was written takes at most one part in so many of the time
STAT_BYTES: Final = 4096
PAGE_BYTES: Final = os.sysconf("SC_PAGE_SIZE")


class FamilyBounds(NamedTuple):
    """What a family may use."""

    deadline_seconds: float
    memory_bytes: int
    processes: int
    folder: str  # where it writes
    written_bytes: int  # in the folder, and in files that no longer have a name
    files: int


class WatchResult(NamedTuple):
    """How it ended; `why` is empty when the process ended by itself."""

    why: str
    status: int
    peak_bytes: int


def watch(child: int, *, proc: int, bounds: FamilyBounds) -> WatchResult:
    """Wait for `child` within the bounds; `proc` is an open descriptor of our own /proc."""
    start = monotonic()
    until = start + bounds.deadline_seconds
    peak, look_at, why = 0, monotonic(), ""
    ended = _ended(child)
    while not why:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            end_family(proc)
            left = written_by([], proc=proc, folder=bounds.folder, most=bounds.files)
            return WatchResult(_too_much(left, bounds), status, peak)
        began = monotonic()
        family = descendants(os.getpid(), proc=proc)
        touched = sum(resident_bytes(pid, proc=proc) for pid in family)
        peak = max(peak, touched)
        why = _passed(until, touched, len(family), bounds)
        tick = _tick(looked=monotonic() - began, age=began - start)
        if monotonic() >= look_at:
            began = monotonic()
            places = [place for pid in family for place in places_of(pid, proc)]
            found = written_by(places, proc=proc, folder=bounds.folder, most=bounds.files)
            why = why or _too_much(found, bounds)
            look_at = monotonic() + LOOK_SHARE * (monotonic() - began)
        _wait(ended, min(tick, max(0.0, until - monotonic())))
    end_family(proc)
    return WatchResult(why, int(signal.SIGKILL), peak)


def _tick(*, looked: float, age: float) -> float:
    """Return how long until the next look: what has run for long does not change in an instant."""
    return min(TICK_MOST_SECONDS, max(TICK_SECONDS, TICK_SHARE * looked, age / AGE_SHARE))


def _passed(until: float, touched: int, processes: int, bounds: FamilyBounds) -> str:
    if monotonic() > until:
        return "deadline"
    if touched > bounds.memory_bytes:
        return "memory"
    return "processes" if processes > bounds.processes else ""


def _too_much(found: Written, bounds: FamilyBounds) -> str:
    over = found.total_bytes > bounds.written_bytes or found.files > bounds.files
    return "written" if over else ""


def _ended(child: int) -> int | None:
    """Return a descriptor that tells at once when the child has ended, where the kernel gives
    one.
    """
    try:
        return os.pidfd_open(child)
    except OSError:
        return None


def _wait(ended: int | None, seconds: float) -> None:
    if ended is None:
        sleep(min(seconds, TICK_SECONDS))
        return
    poll = select.poll()
    poll.register(ended, select.POLLIN)
    poll.poll(seconds * 1000)


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
    """Return every process below `root`, from the parent numbers in /proc."""
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
    return max(_resident(place, proc) for place in places_of(pid, proc))


def places_of(pid: int, proc: int) -> list[str]:
    """Return where in /proc a process shows what it has: as itself, or, once its first thread has
    ended and no longer shows anything, as its other threads.
    """
    place = str(pid)
    if _resident(place, proc):
        return [place]
    return [place, *(f"{pid}/task/{thread}" for thread in _threads(pid, proc))]


def _threads(pid: int, proc: int) -> list[str]:
    try:
        tasks = os.open(f"{pid}/task", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC, dir_fd=proc)
    except OSError:
        return []
    try:
        return os.listdir(tasks)
    except OSError:
        return []
    finally:
        os.close(tasks)


def _resident(place: str, proc: int) -> int:
    fields = _read(f"{place}/statm", proc).split()
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
