"""Counters in a file, which all processes of one machine share: the embedded default's cache.

Guarantees: counting is one atomic statement; what ran out is not seen, and removed now and then;
where the file cannot be used, each process counts for itself, so that neither the API nor signing
in depends on it; no connection crosses a fork. Nothing here is worth a flush to the disk: after a
power cut the counts of the last seconds may be gone.
"""

import json
import logging
import os
import sqlite3
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from django.core.cache.backends.base import DEFAULT_TIMEOUT, BaseCache
from django.core.cache.backends.locmem import LocMemCache

log = logging.getLogger(__name__)

WAIT_SECONDS: Final = 0.5  # for another process's write
TIDY_EVERY: Final = 1000  # writes of a process between two removals of what ran out
ENTRIES_MAX: Final = 100_000  # counted for itself
FOR_EVER: Final = 1e12  # Unix seconds

_TABLE: Final = """
CREATE TABLE IF NOT EXISTS counters (
    key TEXT PRIMARY KEY, value TEXT NOT NULL, expires REAL NOT NULL
) WITHOUT ROWID
"""
_PUT: Final = "INSERT INTO counters VALUES (?, ?, ?) ON CONFLICT (key) DO UPDATE SET "
_ALL: Final = "value = excluded.value, expires = excluded.expires"


class FileCounters(BaseCache):
    """Django's cache over one SQLite file. Values are what JSON holds."""

    def __init__(self, location: str, params: dict[str, Any]) -> None:
        super().__init__(params)
        self._path = Path(location)
        self._here = threading.local()
        self._writes = 0
        own = {"OPTIONS": {"MAX_ENTRIES": ENTRIES_MAX}}
        self._own = LocMemCache(f"when {location} cannot be used", own)

    def add(
        self, key: Any, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: Any = None
    ) -> bool:
        """Set what is not there; whether it was set."""
        sql = f"{_PUT}{_ALL} WHERE counters.expires <= ?"
        values = (json.dumps(value), self._until(timeout), time.time())
        name = self.make_and_validate_key(key, version)
        found = self._either(
            lambda: self._write(sql, name, *values).rowcount > 0,
            lambda: self._own.add(name, value, timeout),
        )
        return bool(found)

    def get(self, key: Any, default: Any = None, version: Any = None) -> Any:
        """Return the value."""
        name = self.make_and_validate_key(key, version)
        sql = "SELECT value FROM counters WHERE key = ? AND expires > ?"

        def read() -> Any:
            row = self._connection().execute(sql, (name, time.time())).fetchone()
            return default if row is None else json.loads(row[0])

        return self._either(read, lambda: self._own.get(name, default))

    def set(
        self, key: Any, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: Any = None
    ) -> None:
        """Set the value."""
        name = self.make_and_validate_key(key, version)
        values = (json.dumps(value), self._until(timeout))
        self._either(
            lambda: self._write(f"{_PUT}{_ALL}", name, *values),
            lambda: self._own.set(name, value, timeout),
        )

    def incr(self, key: Any, delta: int = 1, version: Any = None) -> int:
        """Count. Raises ValueError for a key that is not there."""
        name = self.make_and_validate_key(key, version)
        sql = (
            "UPDATE counters SET value = CAST(value AS INTEGER) + ? "
            "WHERE key = ? AND expires > ? RETURNING value"
        )

        def count() -> int:
            row = self._write(sql, delta, name, time.time()).fetchone()
            if row is None:
                raise ValueError(name)
            return int(row[0])

        return int(self._either(count, lambda: self._own.incr(name, delta)))

    def delete(self, key: Any, version: Any = None) -> bool:
        """Forget the value; whether there was one."""
        name = self.make_and_validate_key(key, version)
        found = self._either(
            lambda: self._write("DELETE FROM counters WHERE key = ?", name).rowcount > 0,
            lambda: self._own.delete(name),
        )
        return bool(found)

    def clear(self) -> None:
        """Forget everything."""
        self._either(lambda: self._write("DELETE FROM counters"), self._own.clear)

    def _until(self, timeout: Any) -> float:
        until = self.get_backend_timeout(timeout)
        return FOR_EVER if until is None else until

    def _write(self, sql: str, *values: Any) -> sqlite3.Cursor:
        line = self._connection()
        self._writes += 1
        if self._writes % TIDY_EVERY == 0:
            line.execute("DELETE FROM counters WHERE expires <= ?", (time.time(),))
        return line.execute(sql, values)

    def _connection(self) -> sqlite3.Connection:
        """This thread's connection, in this process."""
        found: sqlite3.Connection | None = getattr(self._here, "line", None)
        if found is None or self._here.pid != os.getpid():
            found = sqlite3.connect(self._path, timeout=WAIT_SECONDS, isolation_level=None)
            found.execute("PRAGMA journal_mode=WAL")
            found.execute("PRAGMA synchronous=OFF")
            found.execute(_TABLE)
            self._here.line, self._here.pid = found, os.getpid()
        return found

    def close(self, **_: Any) -> None:
        """Django asks at the end of each request; the connection stays with its thread."""

    def _either(self, shared: Callable[[], Any], own: Callable[[], Any]) -> Any:
        try:
            return shared()
        except sqlite3.Error as error:
            log.warning("shared counters away, this process counts for itself: %s", error)
            with suppress(AttributeError):
                del self._here.line
            return own()
