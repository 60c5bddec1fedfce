"""The processes that make up a running service, and a supervisor for one machine.

Guarantees: every child runs in a process group of its own; a child that dies is started again with
a growing delay; when the supervisor ends, by signal or by error, no child is left.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

STOP_SECONDS: Final = 10.0  # what a child gets to finish its request or task
RESTART_SECONDS: Final = (0.5, 1.0, 2.0, 5.0, 10.0)  # delay after the n-th death in a row
STEADY_SECONDS: Final = 30.0  # a child that lived this long starts again at the first delay
WATCH_SECONDS: Final = 0.2

# What each child tells of itself, and so which keys it may open (`builds.holders`).
KINDS: Final = {
    "web": "web",
    "worker": "worker",
    "compiler": "build",
    "signer": "signer",
    "beat": "beat",
}
CELERY: Final = (sys.executable, "-m", "celery", "--app", "fleet.celery:app")
QUIET: Final = ("--without-gossip", "--without-mingle", "--without-heartbeat", "--loglevel", "INFO")


# One at a time: signing is quick, and the key book has one writer.
SIGNER: Final = (*CELERY, "worker", "-n", "sign@%h", "-Q", "sign", "--pool", "solo", *QUIET)


def commands(bind: str) -> dict[str, tuple[str, ...]]:
    """Return what runs, by name, for a web address such as `127.0.0.1:8000`."""
    web = ("--bind", bind, "--workers", "2", "--worker-class", "gthread", "--threads", "8")
    return {
        "web": (
            sys.executable,
            "-m",
            "gunicorn",
            "fleet.wsgi:application",
            *web,
            "--no-control-socket",
        ),
        # Rollout ticks and drift must not wait behind a compile, so they have a worker of their
        # own.
        "worker": (
            *CELERY,
            "worker",
            "-n",
            "default@%h",
            "-Q",
            "default",
            "--pool",
            "solo",
            *QUIET,
        ),
        "compiler": (*CELERY, "worker", "-n", "compile@%h", "-Q", "compile", "-c", "2", *QUIET),
        "signer": SIGNER,
        "beat": (*CELERY, "beat", "--loglevel", "WARNING", "--pidfile="),
    }


@dataclass
class Child:
    """One supervised process: how to start it, and how often it died in a row."""

    name: str
    argv: tuple[str, ...]
    log: Path | None
    environment: Mapping[str, str] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None
    deaths: int = 0
    started: float = 0.0  # monotonic seconds
    due: float = 0.0  # monotonic seconds at which it may start again

    def start(self, now: float) -> None:
        """Start the process; its output goes to the log file, or to ours."""
        role = {"EDGEFLEET_PROCESS": KINDS[self.name]}
        environment = {**os.environ, **role, **self.environment}
        output = self.log.open("ab") if self.log else None
        try:
            self.process = subprocess.Popen(
                self.argv,
                stdout=output,
                stderr=output,
                stdin=subprocess.DEVNULL,
                env=environment,
                start_new_session=True,
            )
        finally:
            if output:
                output.close()
        self.started = now

    def watch(self, now: float) -> None:
        """Start the process when it is due, and note when it died."""
        if self.process is None:
            if now >= self.due:
                self.start(now)
        elif self.process.poll() is not None:
            self.deaths = 0 if now - self.started > STEADY_SECONDS else self.deaths + 1
            self.due = now + RESTART_SECONDS[min(self.deaths, len(RESTART_SECONDS) - 1)]
            self.process = None

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to the whole group of the process, if it lives."""
        if self.process and self.process.poll() is None:
            os.killpg(self.process.pid, number)


class Service:
    """All processes of one machine. Use as a context: leaving it stops them."""

    def __init__(self, bind: str, *, logs: Path | None = None, **environment: str) -> None:
        if logs:
            logs.mkdir(parents=True, exist_ok=True)
        self.children = [
            Child(name, argv, logs / f"{name}.log" if logs else None, environment)
            for name, argv in commands(bind).items()
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
        """Ask every child to end, and end those that do not."""
        for child in self.children:
            child.signal(signal.SIGTERM)
        deadline = time.monotonic() + STOP_SECONDS
        for child in self.children:
            if child.process:
                try:
                    child.process.wait(max(0.0, deadline - time.monotonic()))
                except subprocess.TimeoutExpired:
                    child.signal(signal.SIGKILL)
                    child.process.wait()
