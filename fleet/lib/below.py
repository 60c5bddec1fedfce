"""Files in a folder where a stranger's process may work at the same time: taken out with care.

Guarantees: no link is followed, also where a folder is swapped for one meanwhile; what is taken is
bounded in number and bytes; other things than files (pipes, devices) count as absent.
"""

import os
import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final, NamedTuple

from fleet.lib.trees import OPEN_FILE, OPEN_FOLDER

CHUNK_BYTES: Final = 1024 * 1024
NEW_FILE: Final = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
OWNER_READS: Final = 0o600


class TooMuch(Exception):
    """There are more files, or larger ones, than may be taken."""


class Bounds(NamedTuple):
    """How much may be taken at once."""

    files: int
    total_bytes: int


class Stamp(NamedTuple):
    """What changes when a file is rewritten."""

    inode: int
    modified_ns: int
    size: int


@contextmanager
def folder_below(top: Path, parts: Sequence[str]) -> Iterator[int]:
    """An open folder some steps below `top`; raises OSError where a step is a link or absent."""
    here = os.open(top, OPEN_FOLDER)
    try:
        for part in parts:
            below = os.open(part, OPEN_FOLDER, dir_fd=here)
            os.close(here)
            here = below
        yield here
    finally:
        os.close(here)


def stamps(folder: int) -> dict[str, Stamp]:
    """Return the files of an open folder, by name."""
    found = {}
    with os.scandir(folder) as entries:
        for entry in entries:
            status = entry.stat(follow_symlinks=False)
            if stat.S_ISREG(status.st_mode):
                found[entry.name] = Stamp(status.st_ino, status.st_mtime_ns, status.st_size)
    return found


def copy_files(folder: int, names: Sequence[str], into: Path, bounds: Bounds) -> Bounds:
    """Copy files of an open folder into one of ours; gives what is left of the bounds."""
    if len(names) > bounds.files:
        raise TooMuch(f"There are {len(names)} files; at most {bounds.files} are taken.")
    left = bounds.total_bytes
    for name in names:
        left -= _copy(folder, name, into / name, left)
    return Bounds(bounds.files - len(names), left)


def _copy(folder: int, name: str, place: Path, most: int) -> int:
    source = os.open(name, OPEN_FILE, dir_fd=folder)
    try:
        if not stat.S_ISREG(os.fstat(source).st_mode):
            raise TooMuch(f"{name[:64]!r} is no longer a file.")
        made = os.open(place, NEW_FILE, OWNER_READS)
        try:
            return _pour(source, made, most)
        finally:
            os.close(made)
    finally:
        os.close(source)


def _pour(source: int, made: int, most: int) -> int:
    done = 0
    while data := os.read(source, CHUNK_BYTES):
        done += len(data)
        if done > most:
            raise TooMuch("The files are larger than what is taken.")
        view = memoryview(data)
        while view:
            view = view[os.write(made, view) :]
    return done
