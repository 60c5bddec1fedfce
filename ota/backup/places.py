"""Where a backup lies: a folder, or a prefix in S3.

Guarantees:
* a folder appears under its name in one step, when everything in it is on the disk; what a killed
  command leaves has another name, and the next one takes it away;
* in S3, where there is no such step, the manifest is put last: without it there is no backup;
* a backup that is there is never written over.
"""

import fcntl
import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, Final, Protocol, cast

from django.core.files.base import File
from django.core.files.storage.handler import StorageHandler

from fleet.lib.errors import Conflict, Refused
from fleet.lib.hashing import chunks
from fleet.settings.files import storage
from ota.backup import manifest as manifests
from ota.backup.manifest import Kept, NoBackup

SCHEME: Final = "s3://"


class Place(Protocol):
    """Files by name."""

    written: dict[str, Kept]

    def making(self, name: str) -> AbstractContextManager[Path]:
        """Return a path to write to; the file is durable when the block ends."""
        ...

    def open(self, name: str) -> BinaryIO:
        """Return a file at its start. Raises NoBackup if it is missing."""
        ...


def put(place: Place, name: str, source: BinaryIO) -> Kept:
    """Copy what is left of a stream."""
    with place.making(name) as path, path.open("wb") as file:
        shutil.copyfileobj(source, file)
    return place.written[name]


@dataclass
class BackupFolder:
    """A folder on this machine."""

    root: Path
    written: dict[str, Kept] = field(default_factory=dict)

    @contextmanager
    def making(self, name: str) -> Iterator[Path]:
        """See `Place`."""
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        yield path
        with path.open("rb") as file:
            os.fsync(file.fileno())
            self.written[name] = measured(file)
            # Read from the disk next time, not from memory: it is read back to be believed.
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)

    def open(self, name: str) -> BinaryIO:
        """See `Place`."""
        try:
            return (self.root / name).open("rb")
        except OSError as error:
            raise NoBackup(f"{name} cannot be read: {error.strerror}.") from error

    def settle(self) -> None:
        """Bring every name to the disk."""
        for folder, _, _ in os.walk(self.root):
            sync_folder(Path(folder))


@dataclass
class Bucket:
    """A prefix in S3."""

    store: Any  # a registry.blobs.s3.BlobStorage, which comes without types
    written: dict[str, Kept] = field(default_factory=dict)

    @contextmanager
    def making(self, name: str) -> Iterator[Path]:
        """See `Place`."""
        with tempfile.TemporaryDirectory(prefix="edgefleet-backup-") as folder:
            path = Path(folder) / "file"
            yield path
            with path.open("rb") as file:
                kept = measured(file)
                file.seek(0)
                self.store.save(name, File(file))
            self.written[name] = kept

    def open(self, name: str) -> BinaryIO:
        """See `Place`."""
        try:
            return cast("BinaryIO", self.store.open(name, "rb"))
        except FileNotFoundError as error:
            raise NoBackup(f"{name} is missing.") from error


def measured(file: BinaryIO) -> Kept:
    """Size and digest of what is left of a stream."""
    digest, size = hashlib.sha256(), 0
    for piece in chunks(file):
        digest.update(piece)
        size += len(piece)
    return Kept(digest.hexdigest(), size)


def sync_folder(path: Path) -> None:
    """Bring the names in a folder to the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def found(where: str) -> Place:
    """Return a backup to read."""
    return _bucket(where) if where.startswith(SCHEME) else BackupFolder(Path(where).absolute())


@contextmanager
def draft(where: str) -> Iterator[Place]:
    """A place for a new backup. Raises Conflict where there is something already."""
    if where.startswith(SCHEME):
        bucket = _bucket(where)
        if bucket.store.exists(manifests.NAME):
            raise Conflict(f"There is a backup at {where.partition('?')[0]} already.")
        yield bucket
        return
    target = Path(where).absolute()
    _require_free(target)
    target.parent.mkdir(parents=True, exist_ok=True)
    _clear(target)
    with _new_folder(target) as folder:
        yield folder
        folder.settle()
        _require_free(target)
        folder.root.replace(target)
        sync_folder(target.parent)


def _require_free(target: Path) -> None:
    if target.is_symlink() or (target.exists() and not target.is_dir()):
        raise Conflict(f"{target} is not a folder.")
    if target.is_dir() and any(target.iterdir()):
        raise Conflict(f"{target} is not empty: a backup is never written over something else.")


def _prefix(target: Path) -> str:
    return f".{target.name}.new-"


@contextmanager
def _new_folder(target: Path) -> Iterator[BackupFolder]:
    root = Path(tempfile.mkdtemp(prefix=_prefix(target), dir=target.parent))
    lock = os.open(root, os.O_RDONLY)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)  # ends with this process: so others see that it lives
        yield BackupFolder(root)
    finally:
        os.close(lock)
        shutil.rmtree(root, ignore_errors=True)  # renamed by now, or half


def _clear(target: Path) -> None:
    """Take away what killed commands have left."""
    for path in target.parent.glob(f"{_prefix(target)}*"):
        with suppress(OSError):
            lock = os.open(path, os.O_RDONLY)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(path)
            finally:
                os.close(lock)


def _bucket(where: str) -> Bucket:
    entry = storage(where)
    if not entry["OPTIONS"]["bucket_name"]:
        raise Refused(f"{where} names no bucket: write s3://BUCKET/PREFIX.")
    return Bucket(StorageHandler(cast("Any", {"backup": entry}))["backup"])
