"""The library `ef` for microcontrollers: C++17 with a C interface, no heap, no C library.

A part is a folder of sources that can be used with no other parts than those it names. Here is only
where they lie: chips, tests and exports compile the same files.
"""

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

HOME = Path(__file__).parent

_FLASH = ("flash/ef_flash.h", "flash/ef_bytes.h", "flash/ef_bytes.cc")
_SLOTS = (
    "slots/sha256.h",
    "slots/sha256.cc",
    "slots/model_entry.h",
    "slots/model_image.h",
    "slots/model_image.cc",
    "slots/slot_log.h",
    "slots/slot_log.cc",
    "slots/slots.h",
    "slots/slots.cc",
    "slots/order.h",
    "slots/order.cc",
    *_FLASH,
)
_SMP = (
    "smp/cbor.h",
    "smp/cbor.cc",
    "smp/console.h",
    "smp/console.cc",
    "smp/smp.h",
    "smp/smp.cc",
    "smp/chip_group.cc",
    *_SLOTS,
)

# Part -> its files below this folder, and those of the parts whose headers it includes.
PARTS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "flash": ("flash/ef_flash.h",),
        "recorder": ("recorder/ef_recorder.h", "recorder/ef_recorder.cc"),
        "encoder": ("encoder/ef_encoder.h", "encoder/ef_encoder.cc", "recorder/ef_recorder.h"),
        "ring": ("ring/ef_ring.h", "ring/ef_ring.cc", *_FLASH),
        "slots": _SLOTS,
        "smp": _SMP,
        "images": ("smp/image_group.cc", *_SMP),
        "weights": ("weights/ef_weights.h", "weights/ef_weights.cc", *_SLOTS),
    }
)
_BOARD = (
    "board/board.h",
    "board/board.cc",
    *(name for part in ("images", "recorder", "encoder", "ring") for name in PARTS[part]),
)
# Whole firmware of the demonstration: of QEMU's boards, and of a Linux process.
BOARDS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {"mps2": ("board/mps2.cc", *_BOARD), "host": ("board/host.cc", *_BOARD)}
)
# Verifies orders of strength 2; compiled by Zig, whose standard library does it.
ED25519 = HOME / "trust" / "ed25519.zig"


def sources(*parts: str) -> tuple[Path, ...]:
    """The files of these parts, each once; of all parts where none is named."""
    names = dict.fromkeys(name for part in parts or PARTS for name in PARTS[part])
    return tuple(HOME / name for name in names)


def board_sources(board: str) -> tuple[Path, ...]:
    """The files of a board's whole firmware."""
    return tuple(HOME / name for name in dict.fromkeys(BOARDS[board]))
