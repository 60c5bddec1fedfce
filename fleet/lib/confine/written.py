"""What a jailed family has written: files in its folder, and files that it keeps without a name.

Guarantees: the cost is bounded by the number of files that are allowed, whatever lies there; no
link is followed; folders deeper than any tool makes count as too many files.
"""

import os
import stat
from collections.abc import Iterable
from typing import Final

FOLDER_BYTES: Final = 4096  # what a folder or a link is counted as
DEPTH_MAX: Final = 100  # folders in folders
# Descriptors, not paths: nothing that is swapped for a link meanwhile leads elsewhere.
OPEN: Final = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


class Written:
    """How much there is; counting stops once there are more files than `most`."""

    def __init__(self, most: int) -> None:
        self.most = most
        self.files = 0
        self.total_bytes = 0


def written_by(family: Iterable[int], *, proc: int, folder: str, most: int) -> Written:
    """Count the files of `folder`, and the nameless ones that the family holds open."""
    found = Written(most)
    _count(folder, None, 0, found)
    nameless = [size for pid in family for size in _nameless(pid, proc)]
    found.files += len(nameless)
    found.total_bytes += sum(nameless)
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


def _nameless(pid: int, proc: int) -> list[int]:
    try:
        descriptors = os.open(f"{pid}/fd", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC, dir_fd=proc)
    except OSError:
        return []
    try:
        found = [_stat(name, descriptors) for name in os.listdir(descriptors)]
    except OSError:
        return []
    finally:
        os.close(descriptors)
    return [
        each.st_blocks * 512
        for each in found
        if each is not None and stat.S_ISREG(each.st_mode) and each.st_nlink == 0
    ]


def _stat(name: str, descriptors: int) -> os.stat_result | None:
    try:
        return os.stat(name, dir_fd=descriptors)
    except OSError:
        return None
