"""`model_weights.h`, `model_weights.cc` and `weights.bin`: one section in three spellings.

The section is a header of HEADER_BYTES and the fields, each padded to ALIGNMENT bytes, all of it
little-endian: magic, bytes of the whole, CRC-32 (IEEE 802.3) of all that follows the CRC, ABI.
"""

import struct
import zlib
from collections.abc import Sequence

from builds.compiler.emit.literals import rows
from builds.compiler.operators.common.lowered_op import Array

MAGIC = 0x31574645  # "EFW1"
ALIGNMENT = 4
ABI_BYTES = 32
_HEAD = struct.Struct("<III")
HEADER_BYTES = _HEAD.size + ABI_BYTES
_NARROW = frozenset({"int8_t", "int16_t", "uint16_t", "uint8_t"})

_LAYOUT = """\
// Made by the EdgeFleet compiler. The section of weights: all that training decides.
// ABI {abi}
#ifndef EDGEFLEET_MODEL_WEIGHTS_H
#define EDGEFLEET_MODEL_WEIGHTS_H

#include <stdint.h>

struct EfWeights {{
  uint32_t magic;
  uint32_t bytes;   // of the whole
  uint32_t crc;     // CRC-32 of what follows
  uint8_t abi[{abi_bytes}];  // of the code that can read this
{members}
}};

static_assert(sizeof(EfWeights) == {size}, "the section has no padding but its own");

extern "C" const EfWeights ef_weights;

#endif
"""
_SOURCE = """\
// Made by the EdgeFleet compiler: one training. Any with the same ABI can take its place.

#include "model_weights.h"

// NOLINTBEGIN
alignas(16) __attribute__((section(".rodata.ef_weights"))) const EfWeights ef_weights = {{
    0x{magic:08x}u,
    {size}u,
    0x{crc:08x}u,
    {{{abi}}},
{fields}
}};
// NOLINTEND
"""


def layout_text(fields: Sequence[Array], abi: bytes) -> str:
    """Print the struct that the code reads."""
    members = "\n".join(f"  {_aligned(f)}{f.ctype} {f.name}[{f.values.size}];" for f in fields)
    size = HEADER_BYTES + len(payload(fields))
    return _LAYOUT.format(abi=abi.hex(), abi_bytes=ABI_BYTES, members=members, size=size)


def source_text(fields: Sequence[Array], abi: bytes) -> str:
    """Print the values."""
    whole = binary(fields, abi)
    return _SOURCE.format(
        magic=MAGIC,
        size=len(whole),
        crc=_HEAD.unpack_from(whole)[2],
        abi=byte_list(abi),
        fields="\n".join(f"    // {f.name}\n    {{{rows(f)}}}," for f in fields),
    )


def binary(fields: Sequence[Array], abi: bytes) -> bytes:
    """Give the section's bytes."""
    rest = abi + payload(fields)
    return _HEAD.pack(MAGIC, _HEAD.size + len(rest), zlib.crc32(rest)) + rest


def payload(fields: Sequence[Array]) -> bytes:
    """Give the fields' bytes, which the header precedes."""
    return b"".join(_padded(field.values.tobytes()) for field in fields)


def byte_list(data: bytes) -> str:
    """Print bytes as an initializer."""
    return ", ".join(f"0x{byte:02x}" for byte in data)


def _padded(data: bytes) -> bytes:
    return data + bytes(-len(data) % ALIGNMENT)


def _aligned(field: Array) -> str:
    return f"alignas({ALIGNMENT}) " if field.ctype in _NARROW else ""
