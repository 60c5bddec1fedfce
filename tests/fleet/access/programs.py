"""Runs a program of this folder as a process of its own, against a database of its own."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

from tests.fleet.access import postgres
from tests.waiting import PATIENCE_SECONDS

ROOT = Path(__file__).parents[3]


def run(program: ModuleType, database_url: str) -> dict[str, Any]:
    """Return the JSON that the program prints."""
    environment = os.environ | {
        "DATABASE_URL": database_url,
        "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]),
    }
    done = subprocess.run(
        [sys.executable, str(program.__file__)],
        env=environment,
        capture_output=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@contextmanager
def postgresql() -> Iterator[str]:
    """Yield the URL of an empty PostgreSQL database."""
    # Not below pytest's folder: that one is closed to the user that the server runs as.
    with tempfile.TemporaryDirectory(prefix="edgefleet-pg-") as folder:
        Path(folder).chmod(0o711)
        with postgres.server(Path(folder)) as database_url:
            yield database_url
