"""What people do without the commands: a copy of the database, put in place of a newer one."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from django.db import connection
from django.test import Client

from ota.backup import sqlite
from ota.backup.progress import Progress


def quiet() -> Progress:
    return Progress("", "", lambda _: None)


def copy(path: Path) -> None:
    """Keep the database as it is now."""
    connection.ensure_connection()
    with closing(sqlite3.connect(path)) as kept:
        sqlite.copied(connection.connection, kept, quiet())


def put_back(path: Path) -> None:
    """The database is again as it was."""
    with closing(sqlite3.connect(path, isolation_level=None)) as kept:
        sqlite.copied(kept, connection.connection, quiet())


def readyz() -> Any:
    return Client().get("/readyz").json()
