"""The one port through which every byte goes that must last.

* A path is relative to the state folder, of plain names; folders are one level of names each.
* Nothing is durable before ``sync`` (of the file's bytes) and ``sync_folder`` (of its name).
* ``rename`` replaces the target at once: readers see the old file or the new one, never none.
* Callers that want more (replace a file, keep a journal) compose these operations in
  ``durable.py``; a simulated storage in the tests cuts the power at every single one of them.
"""

import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import BinaryIO, Protocol

from device_agent.errors import StorageFull, StorageUnusable

FILE_MODE = 0o600
FOLDER_MODE = 0o700
FULL_ERRNOS = frozenset({28, 122})  # ENOSPC, EDQUOT


class Reader(Protocol):
    """An open file."""

    def read(self, size: int, /) -> bytes:
        """Return up to ``size`` bytes; none at the end."""
        ...


class Storage(Protocol):
    """What lasts."""

    def read(self, path: str, *, limit: int) -> bytes | None:
        """Return the file's bytes, at most ``limit`` of them; None if there is no such file."""
        ...

    def open(self, path: str) -> AbstractContextManager[Reader]:
        """Return the file as a stream; ``StorageUnusable`` if there is none."""
        ...

    def read_at(self, path: str, offset: int, size: int) -> bytes:
        """Return up to ``size`` bytes from an offset on; ``StorageUnusable`` without the file."""
        ...

    def size(self, path: str) -> int | None:
        """Return the file's length; None if there is no such file."""
        ...

    def names(self, folder: str) -> list[str]:
        """Return the names in a folder, sorted; none if there is no such folder."""
        ...

    def create(self, path: str) -> None:
        """An empty file, whatever was there."""
        ...

    def append(self, path: str, data: bytes) -> None:
        """More bytes at the file's end."""
        ...

    def sync(self, path: str) -> None:
        """The file's bytes are on the medium when this returns."""
        ...

    def rename(self, old: str, new: str) -> None:
        """Give a file another name, replacing what had it."""
        ...

    def remove(self, path: str) -> None:
        """The file is gone, whether or not it was there."""
        ...

    def make_folder(self, folder: str) -> None:
        """The folder exists."""
        ...

    def sync_folder(self, folder: str) -> None:
        """The folder's names are on the medium when this returns."""
        ...

    def room_bytes(self) -> int:
        """Return how much more can be written."""
        ...


class FileStorage:
    """The real thing: a folder of a Linux file system."""

    def __init__(self, root: Path) -> None:
        self.root = root
        with _failures_named(root):
            root.mkdir(parents=True, exist_ok=True, mode=FOLDER_MODE)

    def read(self, path: str, *, limit: int) -> bytes | None:
        """See ``Storage``."""
        with _failures_named(self.root / path):
            try:
                with (self.root / path).open("rb") as file:
                    return file.read(limit)
            except (FileNotFoundError, NotADirectoryError):
                return None

    def open(self, path: str) -> BinaryIO:
        """See ``Storage``."""
        with _failures_named(self.root / path):
            return (self.root / path).open("rb")

    def read_at(self, path: str, offset: int, size: int) -> bytes:
        """See ``Storage``."""
        with self._descriptor(path, os.O_RDONLY) as descriptor:
            return os.pread(descriptor, size, offset)

    def size(self, path: str) -> int | None:
        """See ``Storage``."""
        try:
            return (self.root / path).stat().st_size
        except OSError:
            return None

    def names(self, folder: str) -> list[str]:
        """See ``Storage``."""
        try:
            return sorted(os.listdir(self.root / folder))  # noqa: PTH208 - names, not paths
        except OSError:
            return []

    def create(self, path: str) -> None:
        """See ``Storage``."""
        with self._descriptor(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC):
            pass

    def append(self, path: str, data: bytes) -> None:
        """See ``Storage``."""
        with self._descriptor(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND) as descriptor:
            view = memoryview(data)
            while view:  # the kernel may take less than it was given
                view = view[os.write(descriptor, view) :]

    def sync(self, path: str) -> None:
        """See ``Storage``."""
        with self._descriptor(path, os.O_RDONLY) as descriptor:
            os.fsync(descriptor)

    def rename(self, old: str, new: str) -> None:
        """See ``Storage``."""
        with _failures_named(self.root / new):
            (self.root / old).replace(self.root / new)

    def remove(self, path: str) -> None:
        """See ``Storage``."""
        with _failures_named(self.root / path):
            (self.root / path).unlink(missing_ok=True)

    def make_folder(self, folder: str) -> None:
        """See ``Storage``."""
        with _failures_named(self.root / folder):
            (self.root / folder).mkdir(parents=True, exist_ok=True, mode=FOLDER_MODE)

    def sync_folder(self, folder: str) -> None:
        """See ``Storage``."""
        with self._descriptor(folder, os.O_RDONLY | os.O_DIRECTORY) as descriptor:
            os.fsync(descriptor)

    def room_bytes(self) -> int:
        """See ``Storage``."""
        with _failures_named(self.root):
            found = os.statvfs(self.root)
        return found.f_bavail * found.f_frsize

    @contextmanager
    def _descriptor(self, path: str, flags: int) -> Iterator[int]:
        with _failures_named(self.root / path):
            descriptor = os.open(self.root / path, flags | os.O_CLOEXEC, FILE_MODE)
            try:
                yield descriptor
            finally:
                os.close(descriptor)


@contextmanager
def _failures_named(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        kind = StorageFull if error.errno in FULL_ERRNOS else StorageUnusable
        raise kind(f"{path}: {error.strerror or error}.") from error
