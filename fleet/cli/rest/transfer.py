"""Files up and down as streams: hashed, with progress, and never held whole in memory.

Guarantees: a downloaded file appears under its name only when its digest is right; a half file
never does.
"""

import hashlib
import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final

from fleet.cli.errors import FailedOutcome, RequestRefused

PIECE_BYTES: Final = 1024 * 1024
Progress = Callable[[int], None]  # told the bytes done since the last call


class Upload:
    """A file as httpx reads it: tells the progress of every piece, and can be read from its start
    again.
    """

    def __init__(self, path: Path, progress: Progress) -> None:
        self._file = path.open("rb")
        self._progress = progress
        self._reported = 0

    def read(self, size: int = PIECE_BYTES) -> bytes:
        """Return the next piece."""
        data = self._file.read(size)
        self._report_progress()
        return data

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Move; going back takes progress back too."""
        place = self._file.seek(offset, whence)
        if whence == os.SEEK_SET:
            self._report_progress()
        return place

    def tell(self) -> int:
        """Return the place in the file."""
        return self._file.tell()

    def fileno(self) -> int:
        """Return the descriptor, from which httpx learns the length."""
        return self._file.fileno()

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def _report_progress(self) -> None:
        place = self._file.tell()
        self._progress(place - self._reported)
        self._reported = place


def readable(path: Path) -> Path:
    """Return `path` if it is a file that can be sent. Raises RequestRefused."""
    if not path.is_file():
        raise RequestRefused(f"There is no file {path}.")
    if not path.stat().st_size:
        raise RequestRefused(f"{path} is empty.")
    return path


def sha256_of(path: Path) -> str:
    """Return the digest of a file, read as a stream."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(PIECE_BYTES):
            digest.update(piece)
    return digest.hexdigest()


def store(pieces: Iterable[bytes], path: Path, sha256: str, progress: Progress) -> None:
    """Write a download to `path` and check its digest. Raises FailedOutcome if it differs."""
    part = path.with_name(f"{path.name}.part")
    digest = hashlib.sha256()
    try:
        with part.open("wb") as file:
            for piece in pieces:
                digest.update(piece)
                file.write(piece)
                progress(len(piece))
        if digest.hexdigest() != sha256:
            raise FailedOutcome(f"{path.name} arrived damaged: its sha256 is not {sha256}.")
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def safe_name(name: str) -> str:
    """Return a file name of the service if it stays inside the folder, or raise RequestRefused."""
    if not name or name in (".", "..") or any(sign in name for sign in "/\\\0"):
        raise RequestRefused(f"The service named a file {name!r}, which is not a plain name.")
    return name
