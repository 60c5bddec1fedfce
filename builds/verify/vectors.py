"""Golden inputs: the same bytes for the same seed, on every machine and with every library version.

Guarantees:
* vector 0 is uniform random; 1 to 4 are all-minimum, all-maximum, zero point and a run through
  the whole range; later ones alternate between random values near the zero point (where rounding
  ties are dense), blocks of extremes, and uniform random;
* random bytes come from SHAKE-256 of (seed, vector, input), not from a library's generator.
"""

import hashlib
import struct
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from builds.verify.errors import BadVectors
from builds.verify.interface import Interface, TensorSlot

VECTORS_MAX = 10_000  # per proof
FLOAT_SPREADS = (1.0, 8.0, 0.05)  # standard ranges tried on float inputs
Whole = NDArray[np.int64]


def golden_inputs(interface: Interface, *, vectors: int, seed: int = 0) -> list[bytes]:
    """One byte string a vector: all inputs, one after the other."""
    if not 1 <= vectors <= VECTORS_MAX:
        raise BadVectors(f"the number of vectors must be 1 to {VECTORS_MAX}, not {vectors}")
    return [
        b"".join(
            _slot_bytes(slot, vector, f"{seed}/{vector}/{index}")
            for index, slot in enumerate(interface.inputs)
        )
        for vector in range(vectors)
    ]


def _slot_bytes(slot: TensorSlot, vector: int, label: str) -> bytes:
    if slot.dtype == "float32":
        return _floats(slot, vector, label)
    if slot.dtype == "bool":
        return bytes(byte & 1 for byte in _stream(label, slot.elements))
    kind = np.dtype(slot.dtype)
    if kind.itemsize > 2:  # indices and sizes: values a model can use as such
        return bytes(slot.nbytes)
    values = _pattern(vector)(slot, label, np.iinfo(kind).min, np.iinfo(kind).max)
    return values.astype(kind.newbyteorder("<")).tobytes()


def _pattern(vector: int) -> Callable[[TensorSlot, str, int, int], Whole]:
    fixed = (_uniform, _lowest, _highest, _zero, _ramp)
    repeated = (_near_zero, _blocks, _uniform)
    return fixed[vector] if vector < len(fixed) else repeated[(vector - len(fixed)) % len(repeated)]


def _stream(label: str, count: int) -> bytes:
    return hashlib.shake_256(b"edgefleet-golden-v1/" + label.encode()).digest(count)


def _uniform(slot: TensorSlot, label: str, low: int, high: int) -> Whole:
    wide = np.frombuffer(_stream(label, slot.elements * 4), dtype="<u4").astype(np.int64)
    return low + wide % (high - low + 1)


def _lowest(slot: TensorSlot, label: str, low: int, high: int) -> Whole:
    del label, high
    return np.full(slot.elements, low, dtype=np.int64)


def _highest(slot: TensorSlot, label: str, low: int, high: int) -> Whole:
    del label, low
    return np.full(slot.elements, high, dtype=np.int64)


def _zero(slot: TensorSlot, label: str, low: int, high: int) -> Whole:
    del label
    return np.full(slot.elements, min(max(slot.zero_point, low), high), dtype=np.int64)


def _ramp(slot: TensorSlot, label: str, low: int, high: int) -> Whole:
    del label
    return low + np.arange(slot.elements, dtype=np.int64) % (high - low + 1)


def _near_zero(slot: TensorSlot, label: str, low: int, high: int) -> Whole:
    noise = np.frombuffer(_stream(label, slot.elements), dtype=np.uint8).astype(np.int64)
    return np.clip(slot.zero_point + noise % 7 - 3, low, high)


def _blocks(slot: TensorSlot, label: str, low: int, high: int) -> Whole:
    flips = np.frombuffer(_stream(label, slot.elements), dtype=np.uint8) & 1
    return np.where(np.repeat(flips, 4)[: slot.elements], high, low).astype(np.int64)


def _floats(slot: TensorSlot, vector: int, label: str) -> bytes:
    if vector in (1, 2, 3):
        value = {1: -1e3, 2: 1e3, 3: 0.0}[vector]
        return struct.pack("<f", value) * slot.elements
    noise = np.frombuffer(_stream(label, slot.elements * 2), dtype="<u2").astype(np.float64)
    spread = FLOAT_SPREADS[vector % len(FLOAT_SPREADS)]
    return ((noise / 32768.0 - 1.0) * spread).astype("<f4").tobytes()
