"""Files and folders that a stranger's process has left: reading them with care, and removing them.

Guarantees: no link is followed, whatever lies there; a folder goes however deep it is.
"""

import os
import stat
from collections.abc import Iterable
from contextlib import suppress
from itertools import count
from pathlib import Path
from secrets import token_hex
from typing import Final

OPEN_FOLDER: Final = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
OPEN_FILE: Final = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
NEW_FILE: Final = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
OWNER_ONLY, OWNER_READS = 0o700, 0o600


def read_output(workdir: Path, name: str, *, limit_bytes: int) -> bytes | None:
    """Return a file that a child left, or None; links, pipes and oversized files count as
    absent.
    """
    try:
        fd = os.open(workdir / name, OPEN_FILE)
    except OSError:
        return None
    try:
        status = os.fstat(fd)
        if not stat.S_ISREG(status.st_mode) or status.st_size > limit_bytes:
            return None
        with os.fdopen(fd, "rb", closefd=False) as file:
            data = file.read(limit_bytes + 1)
        return data if len(data) <= limit_bytes else None
    finally:
        os.close(fd)


def give_input(workdir: Path, name: str, data: bytes) -> None:
    """Write a file where a child may have been before: in place of a link, never through it."""
    place = workdir / name
    place.unlink(missing_ok=True)
    with os.fdopen(os.open(place, NEW_FILE, OWNER_READS), "wb") as file:
        file.write(data)


def remove_tree(folder: Path) -> None:
    """Remove a folder and all in it, as far as the system lets us; a link goes, not its target.

    Recursion and paths both end after a thousand folders or so; here, each folder that is found is
    moved up to the top, so that nothing is ever more than two folders deep.
    """
    with suppress(OSError):
        top = os.open(folder, OPEN_FOLDER)
        try:
            _empty(top)
        finally:
            os.close(top)
    with suppress(OSError):
        if folder.is_symlink():
            folder.unlink()
        else:
            folder.rmdir()


def remove_trees(folders: Iterable[Path]) -> list[Path]:
    """Remove each of them; gives those that are still there, which end nothing for the others."""
    return [folder for folder in folders if not _gone(folder)]


def _gone(folder: Path) -> bool:
    remove_tree(folder)
    return not os.path.lexists(folder)


def _empty(top: int) -> None:
    prefix = f".removed-{token_hex(8)}-"  # a name that nobody has taken beforehand
    queue = _remove_files(top)
    for number in count():
        if not queue:
            return
        name = queue.pop()
        with suppress(OSError):
            queue += _raise_folders(top, name, f"{prefix}{number}-")
            os.rmdir(name, dir_fd=top)


def _raise_folders(top: int, name: str, prefix: str) -> list[str]:
    """Empty a folder, moving the folders in it to the top; gives their new names."""
    raised = []
    here = os.open(name, OPEN_FOLDER, dir_fd=top)
    try:
        for number, below in enumerate(_remove_files(here)):
            os.rename(below, f"{prefix}{number}", src_dir_fd=here, dst_dir_fd=top)
            raised.append(f"{prefix}{number}")
    finally:
        os.close(here)
    return raised


def _remove_files(here: int) -> list[str]:
    """Remove all but folders from an open folder; gives the folders, opened to us."""
    folders = []
    with os.scandir(here) as entries:
        found = list(entries)
    for entry in found:
        with suppress(OSError):
            if entry.is_dir(follow_symlinks=False):
                folders.append(entry.name)
                os.chmod(entry.name, OWNER_ONLY, dir_fd=here)
            else:
                os.unlink(entry.name, dir_fd=here)
    return folders
