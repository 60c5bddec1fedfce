"""Waiting without a deadline: as long as what is waited for lives, and something moves.

How long a thing takes says more about the machine than about the thing. So a wait ends when it is
done, when a process that it needs has ended, or when nothing has moved for a quarter of an hour;
and it says all the while what is waited for.
"""

import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Protocol, TypeVar

from rich.console import Console

LOOK_SECONDS: Final = 0.25  # between two looks
STILL_SECONDS: Final = 900.0  # after which what does not move is given up
TELL_SECONDS: Final = 10.0  # between two lines where no terminal shows a moving one
PARENT_FIELD, TIMES = 1, slice(11, 13)  # of /proc/PID/stat, after the name: ppid; utime, stime

Seen = TypeVar("Seen")


class Stopped(Exception):
    """A wait was given up; the text says what was waited for, and why it will not come."""


class WaitedProcess(Protocol):
    """What is asked of a process: its number, and whether it has ended."""

    pid: int

    def poll(self) -> int | None:
        """Return the exit code of a process that has ended."""
        ...


@dataclass
class Waits:
    """Waits of one demonstration. `alive` returns what has ended that must not, or nothing."""

    console: Console
    alive: Callable[[], str] = str
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic

    def until(
        self,
        what: str,
        look: Callable[[], Seen],
        done: Callable[[Seen], Any],
        *,
        tell: Callable[[Seen], str] = str,
    ) -> Seen:
        """Return the first thing seen that is `done`; whatever differs in what is seen, moves.

        Raises Stopped.
        """
        began = moved = told = self.clock()
        before = ""
        with self.console.status(f"{what} ...") as status:
            while True:
                ended = self.alive()
                seen = look()
                if done(seen):
                    return seen
                now, text = self.clock(), tell(seen)
                if repr(seen) != before:
                    before, moved = repr(seen), now
                shown = f"{what}: {text} ({now - began:.0f} s)"
                status.update(shown)
                if not self.console.is_terminal and now - told >= TELL_SECONDS:
                    told = now
                    self.console.print(f"  waiting for {shown}")
                if ended or now - moved > STILL_SECONDS:
                    raise Stopped(
                        f"{shown}: {ended or 'nothing has moved for a quarter of an hour'}."
                    )
                self.sleep(LOOK_SECONDS)


def processor_seconds(process: WaitedProcess) -> float:
    """Return what a process and all below it have used of the processor, in seconds."""
    if sys.platform != "linux":
        return time.process_time()
    parents, spent = {}, {}
    for file in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = file.read_text().rpartition(")")[2].split()
        except OSError:
            continue  # it ended while we looked
        number = int(file.parent.name)
        parents[number] = int(fields[PARENT_FIELD])
        spent[number] = sum(int(ticks) for ticks in fields[TIMES])
    below, found = {process.pid}, {process.pid}
    while found:
        found = {number for number, parent in parents.items() if parent in found}
        below |= found
    return sum(spent.get(number, 0) for number in below) / os.sysconf("SC_CLK_TCK")
