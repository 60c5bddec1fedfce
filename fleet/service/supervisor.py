"""A supervisor of processes on one machine, forked from one that has imported everything.

Guarantees: every child leads a process group of its own; a child that dies is started again with a
growing delay, and what it left in its group is ended; when the supervisor ends, by signal or by
error, no child is left; on Linux not even when it is killed. The supervisor itself has one thread
and no connection to a database: neither may cross a fork.
"""

import ctypes
import multiprocessing
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.context import ForkProcess
from pathlib import Path
from typing import Final

STOP_SECONDS: Final = 10.0  # what a child gets to finish its request or task
RESTART_SECONDS: Final = (0.5, 1.0, 2.0, 5.0, 10.0)  # delay after the n-th death in a row
STEADY_SECONDS: Final = 30.0  # a child that lived this long starts again at the first delay
WATCH_SECONDS: Final = 0.2
PR_SET_PDEATHSIG: Final = 1  # prctl(2)

_fork: Final = multiprocessing.get_context("fork")


@dataclass
class Child:
    """One supervised process: what it does, and how often it died in a row."""

    name: str
    run: Callable[[], None]
    log: Path | None = None
    process: ForkProcess | None = None
    deaths: int = 0
    started: float = 0.0  # monotonic seconds
    due: float = 0.0  # monotonic seconds at which it may start again

    def start(self, now: float) -> None:
        """Fork the process; its output goes to the log file, or to ours."""
        if threading.active_count() > 1:
            raise RuntimeError("A process with threads may not be forked.")
        self.process = _fork.Process(
            target=_live, args=(self.run, self.log, os.getpid()), name=self.name
        )
        self.process.start()
        self.started = now

    def watch(self, now: float) -> None:
        """Start the process when it is due, and note when it died."""
        if self.process is None:
            if now >= self.due:
                self.start(now)
        elif not self.process.is_alive():
            self.signal(signal.SIGKILL)
            self.deaths = 0 if now - self.started > STEADY_SECONDS else self.deaths + 1
            self.due = now + RESTART_SECONDS[min(self.deaths, len(RESTART_SECONDS) - 1)]
            self.process.close()
            self.process = None

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to the whole group of the process, whoever of it lives."""
        if self.process is None or self.process.pid is None:
            return
        try:
            os.killpg(self.process.pid, number)
        except ProcessLookupError:  # not yet its own group, or gone
            if self.process.is_alive():
                with suppress(ProcessLookupError):
                    os.kill(self.process.pid, number)

    def wait(self, seconds: float) -> bool:
        """Wait until the process has ended; whether it has."""
        if self.process is None:
            return True
        self.process.join(seconds)
        return not self.process.is_alive()


class Service:
    """All processes of one machine. Use as a context: leaving it stops them."""

    def __init__(
        self, runs: Sequence[tuple[str, Callable[[], None]]], *, logs: Path | None = None
    ) -> None:
        if logs:
            logs.mkdir(parents=True, exist_ok=True)
        self.children = [
            Child(name, run, logs / f"{name}.log" if logs else None) for name, run in runs
        ]

    def __enter__(self) -> "Service":
        self.watch()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def watch(self) -> None:
        """Look at every child once."""
        for child in self.children:
            child.watch(time.monotonic())

    def run(self, stopping: Callable[[], bool]) -> None:
        """Keep every child alive until `stopping()` says so."""
        while not stopping():
            self.watch()
            time.sleep(WATCH_SECONDS)

    def stop(self) -> None:
        """Ask every child to end, and end those that do not, with all they started."""
        for child in self.children:
            child.signal(signal.SIGTERM)
        deadline = time.monotonic() + STOP_SECONDS
        for child in self.children:
            child.wait(max(0.0, deadline - time.monotonic()))
            child.signal(signal.SIGKILL)
            child.wait(STOP_SECONDS)


def _live(run: Callable[[], None], log: Path | None, parent: int) -> None:
    """In the child: a group, signals and output of its own; then what it is for."""
    os.setsid()
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    _die_with(parent)
    if log:
        sys.stdout.flush()
        sys.stderr.flush()
        with log.open("ab") as output:
            os.dup2(output.fileno(), 1)
            os.dup2(output.fileno(), 2)
    run()


def _die_with(parent: int) -> None:
    """Be told to end when the parent is killed, where the system can do that."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:  # it was killed before
            os._exit(1)
