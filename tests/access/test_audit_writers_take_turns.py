"""Eight writers at once, on each kind of database: no entry is lost, no link is broken."""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import pytest

from tests.access import audit_writers, postgres

PROGRAM = Path(audit_writers.__file__)
ROOT = Path(__file__).parents[2]
ALL = audit_writers.THREADS * audit_writers.ENTRIES_EACH


def verdict_on(database_url: str) -> dict[str, Any]:
    environment = os.environ | {
        "DATABASE_URL": database_url,
        "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]),
    }
    done = subprocess.run(
        [sys.executable, str(PROGRAM)],
        env=environment,
        capture_output=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()
    verdict: dict[str, Any] = json.loads(done.stdout)
    return verdict


def test_on_sqlite(tmp_path: Path) -> None:
    verdict = verdict_on(f"sqlite:///{tmp_path / 'db.sqlite3'}")
    assert (verdict["vendor"], verdict["entries"], verdict["reason"]) == ("sqlite", ALL, "")
    assert verdict["refused"] == [audit_writers.UPDATE]


@pytest.mark.server
def test_on_postgresql() -> None:
    # Not below pytest's folder: that one is closed to the user that the server runs as.
    with tempfile.TemporaryDirectory(prefix="edgefleet-pg-") as folder:
        Path(folder).chmod(0o711)
        with postgres.server(Path(folder)) as database_url:
            verdict = verdict_on(database_url)
    assert (verdict["vendor"], verdict["entries"], verdict["reason"]) == ("postgresql", ALL, "")
    assert verdict["refused"] == [audit_writers.UPDATE, audit_writers.DELETE]
