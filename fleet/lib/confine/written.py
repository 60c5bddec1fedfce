"""What a jailed family has written: files in its folder, and files that it keeps without a name,
open or mapped.

Guarantees: a file that is neither named nor open, only mapped, tells nobody its size and counts as
a large one; the cost is bounded by the number of files that are allowed, whatever lies there; no
link is followed; folders deeper than any tool makes count as too many files.
"""

import os
import stat
from collections.abc import Iterable, Iterator
from typing import Final

FOLDER_BYTES: Final = 4096  # what a folder or a link is counted as
DEPTH_MAX: Final = 100  # folders in folders
UNKNOWN_BYTES: Final = 512 * 1024 * 1024  # what a file of unknown size counts as
MAPS_BYTES: Final = 16 * 1024 * 1024  # of the text that tells what a process has mapped
MEMORY: Final = (b"/dev/zero", b"/SYSV")  # shared memory as the system names it, on its own device
MEMORY_DEVICE: Final = b"00:01"
# Descriptors, not paths: nothing that is swapped for a link meanwhile leads elsewhere.
OPEN: Final = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


class Written:
    """How much there is; counting stops once there are more files than `most`."""

    def __init__(self, most: int) -> None:
        self.most = most
        self.files = 0
        self.total_bytes = 0


def written_by(family: Iterable[str], *, proc: int, folder: str, most: int) -> Written:
    """Count the files of `folder`, and the nameless ones of the family, by its places in /proc."""
    found = Written(most)
    _count(folder, None, 0, found)
    members = list(family)
    is_open: dict[int, int] = {}
    for place in members:
        is_open |= _nameless(place, proc)
    mapped = {inode for place in members for inode in _mapped(place, proc)}
    sizes = [*is_open.values(), *(UNKNOWN_BYTES for _ in mapped - is_open.keys())]
    found.files += len(sizes)
    found.total_bytes += sum(sizes)
    return found


def _count(name: str, parent: int | None, depth: int, found: Written) -> None:
    if depth > DEPTH_MAX:
        found.files = found.most + 1
        return
    try:
        here = os.open(name, OPEN, dir_fd=parent)
    except OSError:  # gone while we looked
        return
    try:
        with os.scandir(here) as entries:
            for entry in entries:
                found.files += 1
                found.total_bytes += _size(entry)
                if found.files > found.most:
                    return
                if entry.is_dir(follow_symlinks=False):
                    _count(entry.name, here, depth + 1, found)
    except OSError:
        return
    finally:
        os.close(here)


def _size(entry: "os.DirEntry[str]") -> int:
    try:
        found = entry.stat(follow_symlinks=False)
    except OSError:
        return 0
    # Blocks, not length: a file may be long and empty.
    return found.st_blocks * 512 if stat.S_ISREG(found.st_mode) else FOLDER_BYTES


def _mapped(place: str, proc: int) -> Iterator[int]:
    """Return files without a name that a process has mapped, by their inodes."""
    for line in _maps(place, proc).splitlines():
        if line.endswith(b" (deleted)"):
            device, inode, path = line.split(None, 5)[3:]
            if device != MEMORY_DEVICE or not path.startswith(MEMORY):
                yield int(inode)


def _maps(place: str, proc: int) -> bytes:
    try:
        maps = os.open(f"{place}/maps", os.O_RDONLY | os.O_CLOEXEC, dir_fd=proc)
    except OSError:
        return b""
    try:
        with os.fdopen(maps, "rb") as file:
            return file.read(MAPS_BYTES)
    except OSError:
        return b""


def _nameless(place: str, proc: int) -> dict[int, int]:
    """Return files without a name that a process has open: bytes by inode."""
    try:
        descriptors = os.open(
            f"{place}/fd", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC, dir_fd=proc
        )
    except OSError:
        return {}
    try:
        found = [_stat(name, descriptors) for name in os.listdir(descriptors)]
    except OSError:
        return {}
    finally:
        os.close(descriptors)
    return {
        each.st_ino: each.st_blocks * 512
        for each in found
        if each is not None and stat.S_ISREG(each.st_mode) and each.st_nlink == 0
    }


def _stat(name: str, descriptors: int) -> os.stat_result | None:
    try:
        return os.stat(name, dir_fd=descriptors)
    except OSError:
        return None
