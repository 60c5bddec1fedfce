"""What would break at night is said at start."""

from pathlib import Path

import pytest
from django.db import connection

from fleet import checks


@pytest.mark.django_db
def test_sqlite_is_read_back() -> None:
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            assert cursor.execute("PRAGMA foreign_keys").fetchone()[0] == 1
    assert checks.sqlite_is_safe(databases=["default"]) == []


def test_a_folder_that_cannot_be_written_is_named(settings: object, tmp_path: Path) -> None:
    settings.VAR_DIR = tmp_path / "missing"  # type: ignore[attr-defined]
    (found,) = checks.folders_are_writable()
    assert "EDGEFLEET_VAR" in found.msg
    settings.VAR_DIR = tmp_path  # type: ignore[attr-defined]
    assert checks.folders_are_writable() == []


def test_production_tells_every_embedded_default(settings: object) -> None:
    settings.EDGEFLEET_PRODUCTION = False  # type: ignore[attr-defined]
    assert checks.production_is_complete() == []
    settings.EDGEFLEET_PRODUCTION = True  # type: ignore[attr-defined]
    settings.CELERY_BROKER_URL = "folder://"  # type: ignore[attr-defined]
    told = " ".join(found.msg for found in checks.production_is_complete())
    assert "DATABASE_URL" in told
    assert "CELERY_BROKER_URL" in told
    assert "EDGEFLEET_PUBLIC_URL" in told
