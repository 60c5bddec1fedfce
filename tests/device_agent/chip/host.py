"""The chip's library, compiled for this machine, behind functions that take Python's values."""

import ctypes
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from builds.image.schema_table import SchemaTable, schema_table
from builds.toolchain.clang import zig
from device_agent.chip import sources
from device_agent.protocol.manifest import Tensor
from device_agent.protocol.schema import TelemetrySchema

FLAGS = "-std=c++17 -Os -shared -fPIC -nostdlib -ffreestanding -fno-exceptions -fno-rtti".split()
# Undefined behaviour ends the process that meets it.
STRICT = "-Wall -Wextra -Werror -fsanitize=undefined -fsanitize-trap=all".split()
COMPILE_SECONDS = 300.0
SUMS = 5


def files_of(*parts: str) -> dict[str, str]:
    return {path.name: path.read_text("utf-8") for path in sources(*parts)}


def host_library(folder: Path) -> ctypes.CDLL:
    files = files_of()
    for name, text in files.items():
        (folder / name).write_text(text, "utf-8")
    named = sorted(name for name in files if name.endswith(".cc"))
    command = ["c++", *FLAGS, *STRICT, *named, "-o", "libchip.so"]
    zig(command, what="compiling the chip's library", cwd=folder, seconds=COMPILE_SECONDS)
    library = ctypes.CDLL(str(folder / "libchip.so"))
    for name in ("ef_recorder_init", "ef_recorder_open"):
        getattr(library, name).restype = ctypes.c_void_p
    return library


class WindowName(ctypes.Structure):
    """`ef_window`: what a frame says beside its counts."""

    _fields_ = [(name, ctypes.c_uint32) for name in ("boot", "seq", "now_s", "flags", "dropped")]


@dataclass
class ChipRecorder:
    """A recorder of the chip for one schema."""

    compiled: ctypes.CDLL
    table: SchemaTable

    def __post_init__(self) -> None:
        self._words = (ctypes.c_uint32 * len(self.table.words))(*self.table.words)
        # Two bytes that nobody may touch stand behind it, and alignment in front of it.
        size = _state_bytes() + 2 * self.table.counts
        self._memory = ctypes.create_string_buffer(b"\xa5" * (size + 2), size + 2)
        self._size = size
        self._at = ctypes.c_void_p()

    def open(self, now_s: int) -> None:
        memory = ctypes.addressof(self._memory)
        made = self.compiled.ef_recorder_init(
            ctypes.c_void_p(memory), self._size, self._words, ctypes.c_uint32(now_s)
        )
        assert made == memory
        self._at = ctypes.c_void_p(memory)

    def reopen(self, now_s: int) -> None:
        self.compiled.ef_recorder_open(self._at, ctypes.c_uint32(now_s))

    def record(self, tensor: bytes, output: bytes, latency_us: int) -> int:
        sums = (ctypes.c_int32 * SUMS)()
        self.compiled.ef_describe(self._words, tensor, sums)
        return int(
            self.compiled.ef_record(
                self._at, sums, output, ctypes.c_uint32(min(latency_us, 2**32 - 1))
            )
        )

    def count(self, counter: int) -> None:
        self.compiled.ef_count(self._at, counter)

    def tell(self, gauge: int, value: int) -> None:
        self.compiled.ef_tell(self._at, gauge, ctypes.c_int32(value))

    def encode(self, window: WindowName, room: int | None = None) -> tuple[int, bytes]:
        """The length that it has, and what was written of it; nothing beyond the room is."""
        room = self.table.frame_bytes_max if room is None else room
        out = ctypes.create_string_buffer(b"\xa5" * (room + 1), room + 1)
        length = int(self.compiled.ef_encode(self._at, ctypes.byref(window), out, room))
        assert out.raw[room:] == b"\xa5"
        assert self._memory.raw[self._size :] == b"\xa5\xa5"
        return length, out.raw[: min(length, room)]


@cache
def _state_bytes() -> int:
    """What a recorder takes on this machine before its counts; a chip's pointers are shorter."""
    return ctypes.sizeof(ctypes.c_void_p) + 46


def tensor(name: str, shape: Sequence[int], *, dtype: str = "int8") -> Tensor:
    size = 1
    for length in shape:
        size *= length
    return Tensor(name, dtype, tuple(shape), 1.0, 0, size)


def chip_recorder(
    library: ctypes.CDLL, schema: TelemetrySchema, given: Tensor, output: Tensor
) -> ChipRecorder:
    return ChipRecorder(library, schema_table(schema, given, output))
