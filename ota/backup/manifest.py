"""What a backup says of itself: `manifest.json`, written last. Pure.

* A folder or prefix without it is not a backup: it is one that was cut off.
* Each file is named with its size and digest, each table with its rows.
* Every member is checked when it is read; names cannot lead out of the backup.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Final

from fleet.lib.errors import Refused

NAME: Final = "manifest.json"
FORMAT: Final = 1
MANIFEST_MAX: Final = 256 * 1024 * 1024  # bytes; two million blobs
DIGEST: Final = re.compile(r"[0-9a-f]{64}")
FILE: Final = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]*(/[A-Za-z0-9_-][A-Za-z0-9._-]*)*")
SEALED: Final = "keys.sealed"
KEYS: Final = "keys/"  # public files of the folder of keys


class NoBackup(Refused):
    """It is none, a half one, a damaged one, or one that this service cannot read."""

    code = "no_backup"


@dataclass(frozen=True)
class Kept:
    """A file as it was written."""

    sha256: str
    size_bytes: int


@dataclass(frozen=True)
class TableManifest:
    """One table's copy."""

    rows: int
    columns: tuple[str, ...] = ()


@dataclass(frozen=True)
class BackupManifest:
    """One backup."""

    made_at: str
    service: str  # EdgeFleet's version
    database: str  # sqlite or postgresql
    migrations: tuple[str, ...]  # `app.name`, all that were applied
    tables: Mapping[str, TableManifest]
    epoch: int
    metadata: Mapping[str, int]  # the newest version of each role of the update repository
    blobs: Mapping[str, int]  # bytes by digest
    files: Mapping[str, Kept] = field(default_factory=dict)  # all others, by name
    left_out: tuple[str, ...] = ()  # what is not in it, in words

    @property
    def size_bytes(self) -> int:
        """Of everything."""
        return sum(self.blobs.values()) + sum(kept.size_bytes for kept in self.files.values())


def blob_name(sha256: str) -> str:
    """Return where a blob lies in a backup."""
    return f"blobs/{sha256[:2]}/{sha256[2:4]}/{sha256}"


def dump(manifest: BackupManifest) -> bytes:
    """As JSON."""
    text = json.dumps({"format": FORMAT, **asdict(manifest)}, indent=1, sort_keys=True)
    return text.encode() + b"\n"


def parse(data: bytes) -> BackupManifest:
    """Raises NoBackup for anything that `dump` does not write."""
    try:
        raw = json.loads(data)
        return _manifest(raw)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise NoBackup(f"{NAME} cannot be read ({type(error).__name__}): it is damaged.") from error


def _manifest(raw: Mapping[str, Any]) -> BackupManifest:
    if raw["format"] != FORMAT:
        raise NoBackup(f"The backup has format {raw['format']!r}; this EdgeFleet reads {FORMAT}.")
    return BackupManifest(
        made_at=_text(raw["made_at"]),
        service=_text(raw["service"]),
        database=_text(raw["database"]),
        migrations=_texts(raw["migrations"]),
        tables={
            _matched(FILE, name): TableManifest(_count(each["rows"]), _texts(each["columns"]))
            for name, each in raw["tables"].items()
        },
        epoch=_count(raw["epoch"]),
        metadata={_text(role): _count(version) for role, version in raw["metadata"].items()},
        blobs={_matched(DIGEST, name): _count(size) for name, size in raw["blobs"].items()},
        files={
            _matched(FILE, name): Kept(_matched(DIGEST, each["sha256"]), _count(each["size_bytes"]))
            for name, each in raw["files"].items()
        },
        left_out=_texts(raw["left_out"]),
    )


def unknown_migrations(manifest: BackupManifest, known: Sequence[str]) -> list[str]:
    """Return what its database went through that this service does not know: then it is newer."""
    return sorted({*manifest.migrations} - {*known})


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(value)
    return value


def _texts(value: object) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise TypeError(value)
    return tuple(_text(each) for each in value)


def _count(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise TypeError(value)
    return value


def _matched(pattern: re.Pattern[str], value: object) -> str:
    if not pattern.fullmatch(text := _text(value)):
        raise ValueError(text)
    return text
