"""`windows.npz`, read window by window: a month of a thousand devices needs little memory.

Guarantees: nothing in the file is executed (no pickles), every size is bounded before anything is
read, and what does not fit together is refused with a sentence.
"""

import lzma
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Final

import numpy as np

from fleet.telemetry.replay.errors import BadFolder

NAME: Final = "windows.npz"
WINDOWS_MAX: Final = 100_000
DEVICES_MAX: Final = 100_000
CELLS_MAX: Final = 1 << 24  # counts of one window of all devices: 128 MB as float64
COUNT_MAX: Final = (1 << 32) - 1  # of one bin in one window
SMALL_MAX: Final = 1 << 28  # bytes of a member that is read whole
MEMORY_MAX: Final = (1 << 31) - 1  # KiB
SECONDS_MAX: Final = 7 * 86_400  # of one window


@dataclass(frozen=True)
class Windows:
    """What the file says besides its counts."""

    path: Path
    shape: tuple[int, int, int]  # windows, devices, counts
    seconds: float
    start: float  # hour of day
    present: np.ndarray  # bool (windows, devices)
    updated: np.ndarray  # int (devices)
    memory: np.ndarray  # KiB (windows, devices), zero where nothing was told

    def rows(self) -> Iterator[np.ndarray]:
        """Yield the counts of each window, (devices, counts)."""
        with (
            _readable(self.path),
            zipfile.ZipFile(self.path) as archive,
            archive.open("counts.npy") as stream,
        ):
            _, dtype = _header(stream, "counts")
            size = self.shape[1] * self.shape[2]
            for at in range(self.shape[0]):
                raw = _exactly(stream, size * dtype.itemsize)
                found = np.frombuffer(raw, dtype=dtype).reshape(self.shape[1:])
                if found.max() > COUNT_MAX:
                    raise BadFolder(f"A count of window {at} is larger than {COUNT_MAX}.")
                yield found


def read_windows(folder: Path) -> Windows:
    """Return the file's header and small members. Raises BadFolder."""
    path = folder / NAME
    with _readable(path), zipfile.ZipFile(path) as archive:
        return _read(path, archive)


@contextmanager
def _readable(path: Path) -> Iterator[None]:
    """Refuse with a sentence what cannot be read, whenever that shows."""
    try:
        yield
    except FileNotFoundError as error:
        raise BadFolder(f"The file {path} is missing.") from error
    except (zipfile.BadZipFile, EOFError, zlib.error, lzma.LZMAError, struct.error) as error:
        raise BadFolder(f"{NAME} is not a whole archive of NumPy: {error}.") from error
    except (OSError, ValueError, RuntimeError) as error:
        raise BadFolder(f"{NAME} cannot be read: {error}.") from error


def _read(path: Path, archive: zipfile.ZipFile) -> Windows:
    for name in ("counts", "present", "seconds", "start"):
        if not _has(archive, name):
            raise BadFolder(f"{NAME} has no array {name!r}.")
    with archive.open("counts.npy") as stream:
        shape, dtype = _header(stream, "counts")
    if len(shape) != 3 or dtype.kind != "u":
        raise BadFolder("'counts' must be unsigned whole numbers, windows x devices x counts.")
    windows, devices, counts = shape
    if not (1 <= windows <= WINDOWS_MAX and 1 <= devices <= DEVICES_MAX):
        raise BadFolder(
            f"'counts' holds {windows} windows of {devices} devices; 1 to {WINDOWS_MAX} windows of "
            f"1 to {DEVICES_MAX} devices can be replayed."
        )
    if counts * devices > CELLS_MAX:
        raise BadFolder(f"A window may hold {CELLS_MAX} counts, not {counts * devices}.")
    present = _small(archive, "present", (windows, devices))
    if present.dtype.kind not in "biu" or not np.isin(present, (0, 1)).all():
        raise BadFolder("'present' must be true or false, windows x devices.")
    updated = _small(archive, "updated", (devices,)) if _has(archive, "updated") else None
    if updated is None:
        updated = np.full(devices, -1)
    if updated.dtype.kind not in "iu" or updated.min() < -1 or updated.max() >= windows:
        raise BadFolder("'updated' holds a window's index for each device, or -1.")
    seconds = _number(archive, "seconds", 1, SECONDS_MAX)
    start = _number(archive, "start", 0, 24)
    shape = (windows, devices, counts)
    reported, began = present.astype(bool), updated.astype(int)
    memory = _memory(archive, (windows, devices))
    return Windows(path, shape, seconds, start, reported, began, memory)


def _memory(archive: zipfile.ZipFile, shape: tuple[int, int]) -> np.ndarray:
    if not _has(archive, "memory"):
        return np.zeros(shape, np.uint8)
    found = _small(archive, "memory", shape)
    if found.dtype.kind not in "iu" or found.min() < 0 or found.max() > MEMORY_MAX:
        raise BadFolder(f"'memory' must be KiB, whole numbers from 0 to {MEMORY_MAX}.")
    return found


def _has(archive: zipfile.ZipFile, name: str) -> bool:
    return f"{name}.npy" in archive.namelist()


def _number(archive: zipfile.ZipFile, name: str, low: float, high: float) -> float:
    found = _small(archive, name, None)
    if found.size != 1 or found.dtype.kind not in "iuf":
        raise BadFolder(f"{name!r} must be one number.")
    value = float(found.reshape(-1)[0])
    if not low <= value <= high:
        raise BadFolder(f"{name!r} must be from {low} to {high}, not {value}.")
    return value


def _small(archive: zipfile.ZipFile, name: str, shape: tuple[int, ...] | None) -> np.ndarray:
    if archive.getinfo(f"{name}.npy").file_size > SMALL_MAX:
        raise BadFolder(f"{name!r} is larger than {SMALL_MAX} bytes.")
    with archive.open(f"{name}.npy") as stream:
        found, dtype = _header(stream, name)
        raw = _exactly(stream, int(np.prod(found, dtype=np.int64)) * dtype.itemsize)
    if shape is not None and found != shape:
        raise BadFolder(f"{name!r} has the shape {found}, {shape} is needed.")
    return np.frombuffer(raw, dtype=dtype).reshape(found)


def _header(stream: IO[bytes], name: str) -> tuple[tuple[int, ...], np.dtype[Any]]:
    version = np.lib.format.read_magic(stream)
    read = np.lib.format.read_array_header_1_0
    if version != (1, 0):
        read = np.lib.format.read_array_header_2_0
    shape, fortran, dtype = read(stream)
    if fortran and len(shape) > 1:
        raise BadFolder(f"{name!r} must be stored row by row (C order).")
    if dtype.hasobject:
        raise BadFolder(f"{name!r} must hold numbers.")
    return shape, dtype


def _exactly(stream: IO[bytes], size: int) -> bytes:
    if size > SMALL_MAX:
        raise BadFolder(f"A part of {NAME} is larger than {SMALL_MAX} bytes.")
    parts, left = [], size
    while left:
        part = stream.read(left)
        if not part:
            raise BadFolder(f"{NAME} is cut short.")
        parts.append(part)
        left -= len(part)
    return b"".join(parts)
