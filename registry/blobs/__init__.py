"""Blobs by digest, on Django's storage API: a local folder, or S3.

Guarantees:
* a blob is either whole under its digest or absent: bytes go to a temporary file while they are
  hashed, and are then moved into place in one step; what a killed upload leaves is never
  referenced, and swept later;
* it is written once: the same bytes again are the same blob;
* it is hashed again on every read, so that damaged storage is noticed before anybody acts on it;
  `registry.blobs.sending` tells what of that holds for downloads.
"""

import hashlib
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import IO, Any, BinaryIO, Final, cast

from django.core.files.base import File
from django.core.files.storage import Storage, storages

from fleet.lib import clock
from fleet.lib.errors import FleetError, NotFound, Refused, TooLarge
from fleet.lib.hashing import chunks, sha256_stream
from registry.blobs import discarded
from registry.blobs.window import BlobWindow
from registry.models import Blob

INCOMING: Final = "incoming"
ABANDONED: Final = timedelta(days=1)  # no upload takes this long


class BlobDamaged(FleetError):
    """The storage gave back other bytes than were put in."""

    code = "blob_damaged"


def put(stream: BinaryIO, *, limit_bytes: int, expected_sha256: str | None = None) -> Blob:
    """Store what is left of `stream`. Raises TooLarge, or Refused for another digest."""
    with _incoming() as file:
        sha256, size_bytes = _take(stream, file, limit_bytes)
        if expected_sha256 is not None and sha256 != expected_sha256:
            raise Refused(
                f"The bytes have the digest {sha256}, not {expected_sha256}.", code="wrong_digest"
            )
        _settle(sha256, size_bytes, file)
        return discarded.stored(sha256, size_bytes, lambda: _settle(sha256, size_bytes, file))


def put_bytes(data: bytes) -> Blob:
    """Store bytes that we made ourselves."""
    with _incoming() as file:
        file.write(data)
        sha256 = hashlib.sha256(data).hexdigest()
        _settle(sha256, len(data), file)
        return discarded.stored(sha256, len(data), lambda: _settle(sha256, len(data), file))


def put_back(stream: BinaryIO, *, sha256: str, size_bytes: int) -> None:
    """Store bytes whose row comes by itself, as from a backup. Raises Refused for other bytes."""
    with _incoming() as file:
        if _take(stream, file, size_bytes) != (sha256, size_bytes):
            raise Refused(f"The bytes are not those of {sha256}.", code="wrong_digest")
        _settle(sha256, size_bytes, file)


@contextmanager
def open(sha256: str) -> Iterator[BinaryIO]:  # noqa: A001 - reads as blobs.open
    """The blob as a file at its start, hashed before it is given out."""
    with open_unchecked(sha256) as stream:
        if sha256_stream(stream) != sha256:
            raise BlobDamaged(f"Blob {sha256} is damaged in storage.")
        stream.seek(0)
        yield stream


def open_unchecked(sha256: str) -> BinaryIO:
    """The blob as a file at its start, for whoever checks it. Raises NotFound."""
    try:
        return cast("BinaryIO", storage().open(path_of(sha256), "rb"))
    except FileNotFoundError as error:
        raise NotFound(f"There is no blob {sha256}.") from error


def open_part(sha256: str, size_bytes: int, start: int, length: int) -> BlobWindow:
    """A part of a blob of `size_bytes`, unhashed. Raises NotFound, or BlobDamaged for a blob of
    another length.
    """
    where, name = storage(), path_of(sha256)
    fetch = getattr(where, "fetch_part", None)  # an object store need not bring the whole
    if fetch is not None and length:
        return BlobWindow(fetch(name, start, length), 0, length)
    file = open_unchecked(sha256)
    if (found := file.seek(0, os.SEEK_END)) != size_bytes:
        file.close()
        raise BlobDamaged(f"Blob {sha256} has {found} bytes in storage, not {size_bytes}.")
    return BlobWindow(file, start, length)


def read(sha256: str) -> bytes:
    """The whole blob. Raises NotFound, or BlobDamaged when the storage changed it."""
    with open(sha256) as file:
        return file.read()


def storage() -> Storage:
    """Where blobs lie."""
    return storages["blobs"]


def path_of(sha256: str) -> str:
    """The name in storage; two levels of folders keep each of them small."""
    return f"{sha256[:2]}/{sha256[2:4]}/{sha256}"


def sweep() -> int:
    """Remove the bytes of what was deleted, and what uploads that were killed have left; return how
    many files of the latter.
    """
    discarded.remove(lambda sha256: storage().delete(path_of(sha256)))
    folder = _incoming_folder()
    if folder is None:
        return 0
    before = (clock.now() - ABANDONED).timestamp()
    left = [path for path in folder.iterdir() if path.stat().st_mtime < before]
    for path in left:
        path.unlink(missing_ok=True)
    return len(left)


def _take(stream: BinaryIO, file: Any, limit_bytes: int) -> tuple[str, int]:
    digest, size = hashlib.sha256(), 0
    for piece in chunks(stream):
        size += len(piece)
        if size > limit_bytes:
            raise TooLarge(f"The file is larger than {limit_bytes} bytes.")
        digest.update(piece)
        file.write(piece)
    return digest.hexdigest(), size


def _settle(sha256: str, size_bytes: int, file: Any) -> None:
    """Move the file into place; a file there of another size is damage, and is replaced."""
    name, where = path_of(sha256), storage()
    if where.exists(name):
        if where.size(name) == size_bytes:
            return
        where.delete(name)
    file.flush()
    os.fsync(file.fileno())
    file.seek(0)
    stored = where.save(name, file)
    if stored != name:  # somebody stored the same bytes just before; theirs stays
        where.delete(stored)


@contextmanager
def _incoming() -> Iterator[Any]:
    """A temporary file: beside local blobs, so that moving it into place is one rename; without a
    name where they are elsewhere, so that nothing is left of it when this process is killed.
    """
    folder = _incoming_folder()
    if folder is None:
        with tempfile.TemporaryFile() as unnamed:
            yield File(unnamed)
        return
    with tempfile.NamedTemporaryFile(dir=folder, delete=False) as real:
        try:
            yield _Incoming(real)
        finally:
            Path(real.name).unlink(missing_ok=True)


class _Incoming(File):  # type: ignore[type-arg]  # generic in the stubs only
    """Django's local storage moves a file that has such a path, instead of copying it."""

    def temporary_file_path(self) -> str:
        return str(cast("IO[bytes]", self.file).name)


def _incoming_folder() -> Path | None:
    try:
        folder = Path(storage().path(INCOMING))
    except NotImplementedError:  # not a local folder
        return None
    folder.mkdir(parents=True, exist_ok=True)
    return folder
