"""Runs a server for the length of a block, and leaves nothing of it."""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

START_SECONDS = 90.0
LOOK_SECONDS = 0.05


def needed(program: str, package: str) -> str:
    """The path of a program; skips with the name of Debian's package when it is not there."""
    path = shutil.which(program, path=f"{os.environ['PATH']}:/usr/sbin:/usr/lib/rabbitmq/bin")
    if path is None:
        pytest.skip(f"{program} is not installed (Debian: {package})")
    return path


@contextmanager
def running(
    argv: Sequence[str],
    *,
    log: Path,
    ready: Callable[[], bool],
    environment: Mapping[str, str] | None = None,
) -> Iterator["subprocess.Popen[bytes]"]:
    """Start in a process group of its own, wait until it is ready, kill the group at the end."""
    with log.open("ab") as output:
        process = subprocess.Popen(
            argv,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env={**os.environ, **(environment or {})},
            start_new_session=True,
        )
    try:
        _wait(process, ready, log)
        yield process
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def until(condition: Callable[[], object], *, seconds: float = START_SECONDS) -> None:
    """Look until it is so; fails when time is up."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it never came to that"
        time.sleep(LOOK_SECONDS)  # other processes work: there is nothing else to wait on


def _wait(process: "subprocess.Popen[bytes]", ready: Callable[[], bool], log: Path) -> None:
    def started() -> bool:
        assert process.poll() is None, f"{process.args!r} ended: {log.read_text()[-2000:]}"
        return ready()

    until(started)
