"""What people do without the commands: a copy of the database, put in place of a newer one."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.db import connection
from django.test import Client

from ota.backup import database
from ota.backup.manifest import BackupManifest
from ota.backup.places import BackupFolder


def copy(path: Path) -> BackupManifest:
    """Keep the database as it is now, and nothing else."""
    content = database.here().save(BackupFolder(path), lambda _: None)
    return BackupManifest("", "", connection.vendor, **_members(content))


def _members(content: database.DatabaseContent) -> dict[str, Any]:
    return {name: getattr(content, name) for name in asdict(content)}


def put_back(path: Path, kept: BackupManifest) -> None:
    """The database is again as it was, and nobody has told it so."""
    database.here().load(BackupFolder(path), kept, lambda: None)


def readyz() -> Any:
    return Client().get("/readyz").json()
