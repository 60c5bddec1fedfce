"""A folder in memory, where the kernel has one: fsync is called there, too, but costs nothing."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

IN_MEMORY = Path("/dev/shm")


@contextmanager
def folder_in_memory() -> Iterator[Path]:
    """A folder that is gone afterwards; on the disk where there is no memory for files."""
    place = IN_MEMORY if IN_MEMORY.is_dir() else None
    with tempfile.TemporaryDirectory(prefix="edgefleet-", dir=place) as name:
        yield Path(name)
