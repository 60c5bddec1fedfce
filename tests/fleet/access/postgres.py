"""A PostgreSQL server of Debian's packages in a folder of its own, on a socket, for one test."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.waiting import PATIENCE_SECONDS

BINARIES = sorted(Path("/usr/lib/postgresql").glob("*/bin"))


def _as_owner(argv: list[str]) -> list[str]:
    """PostgreSQL refuses to run as root; Debian's package brings a user for it."""
    return ["runuser", "-u", "postgres", "--", *argv] if os.geteuid() == 0 else argv


@contextmanager
def server(folder: Path) -> Iterator[str]:
    """Yield a DATABASE_URL; skip with the reason when PostgreSQL is not installed."""
    if not BINARIES:
        pytest.skip("PostgreSQL is not installed (Debian: postgresql)")
    tools, data = BINARIES[-1], folder / "data"
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres")
    # Whatever the machine's language is, texts are UTF-8 and sorted by their bytes.
    options = ["-A", "trust", "-U", "edgefleet", "--no-sync", "-E", "UTF8", "--locale", "C"]
    _run([str(tools / "initdb"), "-D", str(data), *options])
    flags = f"-c listen_addresses='' -c unix_socket_directories={folder} -c fsync=off"
    control = [str(tools / "pg_ctl"), "-D", str(data), "-w", "-l", str(folder / "log")]
    _run([*control, "-o", flags, "start"])
    try:
        yield f"postgresql://edgefleet@/postgres?host={folder}"
    finally:
        _run([*control, "-m", "immediate", "stop"])


def _run(argv: list[str]) -> None:
    done = subprocess.run(
        _as_owner(argv),
        check=False,
        cwd="/",
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=PATIENCE_SECONDS,
    )
    assert done.returncode == 0, done.stdout.decode()
