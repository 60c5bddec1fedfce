"""What others write while the database is copied is in the copy whole or not at all."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction

from fleet.access.models import AuditEntry
from fleet.lib.errors import Conflict
from ota.backup import sqlite
from ota.backup.progress import Progress
from ota.models import TufMetadata
from tests.agent_and_service.device import enrolled
from tests.ota.backup import losses

pytestmark = pytest.mark.django_db(transaction=True)


def test_what_is_written_once_still_is_after_a_restore(tmp_path: Path) -> None:
    enrolled()
    losses.backup(tmp_path / "kept")
    losses.database()
    losses.restore(tmp_path / "kept", "--keep-keys")
    newest = TufMetadata.objects.filter(role="timestamp").latest("version")
    with pytest.raises(IntegrityError, match="never goes down"):
        TufMetadata.objects.create(
            role="timestamp",
            version=newest.version,
            blob=newest.blob,
            expires_at=newest.expires_at,
        )
    with pytest.raises(Conflict):
        newest.save()
    with pytest.raises(IntegrityError, match="written once"):
        _sql("UPDATE ota_tufmetadata SET version = 0")
    assert AuditEntry.objects.exists()
    call_command("audit_verify")


def _sql(statement: str) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def test_pages_that_are_written_while_others_are_copied_stay_out(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "live", isolation_level=None)) as live:
        live.execute("PRAGMA journal_mode = WAL")
        live.execute("CREATE TABLE a (n INTEGER, filler TEXT)")
        live.execute("CREATE TABLE b (n INTEGER)")
        live.executemany("INSERT INTO a VALUES (?, ?)", [(n, "x" * 3000) for n in range(50)])
        with (
            closing(sqlite3.connect(tmp_path / "live", isolation_level=None)) as source,
            closing(sqlite3.connect(tmp_path / "copy")) as copy,
        ):
            sqlite.copied(source, copy, Writing(live), pages=1)
            counts = [copy.execute(f"SELECT count(*) FROM {t}").fetchone()[0] for t in "ab"]
        assert counts == [50, 0]
        assert live.execute("SELECT count(*) FROM b").fetchone()[0] > 20


class Writing(Progress):
    """Another connection writes to both tables at each step."""

    def __init__(self, live: sqlite3.Connection) -> None:
        self._live = live

    def at(self, done: int, of: int) -> None:
        self._live.execute("BEGIN IMMEDIATE")
        self._live.execute("INSERT INTO a VALUES (?, 'y')", [done])
        self._live.execute("INSERT INTO b VALUES (?)", [done])
        self._live.execute("COMMIT")
