"""Eight writers at once, on each kind of database: no entry is lost, no link is broken."""

from pathlib import Path

import pytest

from tests.fleet.access import audit_writers, programs

ALL = audit_writers.THREADS * audit_writers.ENTRIES_EACH


def test_on_sqlite(tmp_path: Path) -> None:
    verdict = programs.run(audit_writers, f"sqlite:///{tmp_path / 'db.sqlite3'}")
    assert (verdict["vendor"], verdict["entries"], verdict["reason"]) == ("sqlite", ALL, "")
    assert verdict["refused"] == [audit_writers.UPDATE]


@pytest.mark.server
def test_on_postgresql() -> None:
    with programs.postgresql() as database_url:
        verdict = programs.run(audit_writers, database_url)
    assert (verdict["vendor"], verdict["entries"], verdict["reason"]) == ("postgresql", ALL, "")
    assert verdict["refused"] == [audit_writers.UPDATE, audit_writers.DELETE]
