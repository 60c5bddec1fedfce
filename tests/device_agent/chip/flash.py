"""A flash that is as strict as parts are, and remembers what a power cut at any moment would leave.

* A write unit is written once after each erasure; what is written lies on whole units.
* A write that is cut leaves some units whole, one in part, and the rest erased.
* An erasure that is cut leaves a part of the sector as it was.
"""

import ctypes
import random
from collections.abc import Callable
from dataclasses import dataclass, field

READ = ctypes.CFUNCTYPE(
    ctypes.c_int32, ctypes.c_void_p, ctypes.c_uint32, ctypes.c_void_p, ctypes.c_uint32
)
ERASE = ctypes.CFUNCTYPE(ctypes.c_int32, ctypes.c_void_p, ctypes.c_uint32)
ERASED = 0xFF
REFUSED = -1


class FlashPort(ctypes.Structure):
    """`ef_flash`."""

    _fields_ = [
        ("read", READ),
        ("write", READ),
        ("erase", ERASE),
        ("context", ctypes.c_void_p),
        ("sector_bytes", ctypes.c_uint32),
        ("sectors", ctypes.c_uint32),
        ("unit_bytes", ctypes.c_uint32),
    ]


@dataclass(frozen=True)
class Shape:
    """How a part is built."""

    sector: int = 512  # bytes
    sectors: int = 4
    unit: int = 8  # bytes


@dataclass
class Cells:
    """What the flash holds, and which units have been written since they were erased."""

    data: bytearray
    written: bytearray

    def copy(self) -> "Cells":
        return Cells(bytearray(self.data), bytearray(self.written))


def new_cells(shape: Shape) -> Cells:
    size = shape.sector * shape.sectors
    return Cells(bytearray([ERASED]) * size, bytearray(size // shape.unit))


@dataclass
class SimFlash:
    """`cut` is given every state in which a power cut could leave the cells."""

    shape: Shape = field(default_factory=Shape)
    cells: Cells | None = None
    cut: Callable[[Cells], None] | None = None
    seed: int = 0
    refuses: int = 0  # how many of the next writes fail, as on a worn part
    erasures: int = 0
    writes: int = 0

    def __post_init__(self) -> None:
        self.now = self.cells or new_cells(self.shape)
        self._random = random.Random(self.seed)
        self._kept = (READ(self._read), READ(self._write), ERASE(self._erase))
        shape = self.shape
        self.port = FlashPort(*self._kept, None, shape.sector, shape.sectors, shape.unit)

    def _read(self, _: int | None, at: int, to: int, size: int) -> int:
        assert at + size <= len(self.now.data)
        ctypes.memmove(to, bytes(self.now.data[at : at + size]), size)
        return 0

    def _write(self, _: int | None, at: int, source: int, size: int) -> int:
        unit, now = self.shape.unit, self.now
        assert size > 0
        assert at % unit == size % unit == 0, "a write lies on whole units"
        assert at // self.shape.sector == (at + size - 1) // self.shape.sector
        first, last = at // unit, (at + size) // unit
        assert not any(now.written[first:last]), "a unit is written once"
        if self.refuses:
            self.refuses -= 1
            return REFUSED
        data = ctypes.string_at(source, size)
        self.writes += 1
        if self.cut:
            self.cut(self._torn_write(at, data))
        now.data[at : at + size] = data
        now.written[first:last] = b"\x01" * (last - first)
        if self.cut:
            self.cut(now.copy())
        return 0

    def _erase(self, _: int | None, at: int) -> int:
        assert at % self.shape.sector == 0
        self.erasures += 1
        if self.cut:
            self.cut(self._torn_erasure(at))
        end = at + self.shape.sector
        self.now.data[at:end] = bytes([ERASED]) * self.shape.sector
        self.now.written[at // self.shape.unit : end // self.shape.unit] = bytes(
            self.shape.sector // self.shape.unit
        )
        if self.cut:
            self.cut(self.now.copy())
        return 0

    def _torn_write(self, at: int, data: bytes) -> Cells:
        """Some units are whole; of the next one, some bits have fallen."""
        unit, left = self.shape.unit, self.now.copy()
        whole = self._random.randrange(len(data) // unit) * unit
        left.data[at : at + whole] = data[:whole]
        part = [byte | self._random.randrange(256) for byte in data[whole : whole + unit]]
        left.data[at + whole : at + whole + unit] = bytes(part)
        touched = whole // unit + any(byte != ERASED for byte in part)
        left.written[at // unit : at // unit + touched] = b"\x01" * touched
        return left

    def _torn_erasure(self, at: int) -> Cells:
        """A stretch of the sector is erased, and the byte at its end in part."""
        left, sector = self.now.copy(), self.shape.sector
        begin = self._random.randrange(sector)
        size = self._random.randrange(sector - begin)
        left.data[at + begin : at + begin + size] = bytes([ERASED]) * size
        left.data[at + begin + size] |= self._random.randrange(256)
        return left
