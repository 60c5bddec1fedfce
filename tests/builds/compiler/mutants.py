"""Damaged copies of valid models: flipped bytes, swapped offsets, huge numbers, truncations."""

from collections.abc import Iterator

import numpy as np

_HUGE = (0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 0xFFFF, 0x10000, 1 << 20, 0)


def mutants(model: bytes, count: int, seed: int) -> Iterator[bytes]:
    """Give `count` damaged copies; equal seeds give equal copies."""
    dice = np.random.default_rng(seed)
    for _ in range(count):
        kind = int(dice.integers(0, 5))
        yield _KINDS[kind](bytearray(model), dice)


def _flip(model: bytearray, dice: np.random.Generator) -> bytes:
    for _ in range(int(dice.integers(1, 8))):
        model[_spot(model, dice)] ^= int(dice.integers(1, 256))
    return bytes(model)


def _huge(model: bytearray, dice: np.random.Generator) -> bytes:
    at = _spot(model, dice) & ~3
    model[at : at + 4] = int(dice.choice(_HUGE)).to_bytes(4, "little")
    return bytes(model)


def _swap(model: bytearray, dice: np.random.Generator) -> bytes:
    a, b = _spot(model, dice) & ~3, _spot(model, dice) & ~3
    model[a : a + 4], model[b : b + 4] = model[b : b + 4], model[a : a + 4]
    return bytes(model)


def _cut(model: bytearray, dice: np.random.Generator) -> bytes:
    return bytes(model[: int(dice.integers(0, len(model)))])


def _small(model: bytearray, dice: np.random.Generator) -> bytes:
    at = _spot(model, dice) & ~3
    model[at : at + 4] = int(dice.integers(0, 64)).to_bytes(4, "little")
    return bytes(model)


def _spot(model: bytearray, dice: np.random.Generator) -> int:
    """Choose a place; the structure at the ends of a file is likelier than its weights."""
    size = len(model) - 4
    if dice.random() < 0.5:
        return int(dice.integers(0, size))
    near = int(dice.integers(0, min(size, 6000)))
    return near if dice.random() < 0.5 else size - near


_KINDS = (_flip, _huge, _swap, _cut, _small)
