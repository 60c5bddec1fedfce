"""Runs a server for the length of a block, and leaves nothing of it."""

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from builds.toolchain.group import end_group
from tests.waiting import until


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
        until(ready, f"{argv[0]} is ready", process=process, log=log)
        yield process
    finally:
        end_group(process.pid)
        process.wait()
