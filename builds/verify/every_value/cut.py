"""A model file with some of its operators only, on tensors of other shapes.

What is kept stays where it is in the file; new lists are put at its end. Nothing is written anew,
so that the operators, their options and the scales are the model's own, byte for byte.
"""

import struct
from collections.abc import Mapping, Sequence

from builds.compiler import limits
from builds.compiler.read.flatbuffer import FlatTable, root

_ITEM = 4  # bytes of an offset or an integer
_SUBGRAPHS, _TENSORS, _INPUTS, _OUTPUTS, _OPERATORS, _SHAPE = 2, 0, 1, 2, 3, 0  # fields


class CannotCut(Exception):
    """The file leaves out a list that would have to be replaced."""


def cut(
    model: bytes,
    subgraph: int,
    ops: Sequence[int],
    ends: tuple[Sequence[int], Sequence[int]],
    shapes: Mapping[int, tuple[int, ...]],
) -> bytes:
    """Keep one subgraph with some operators; `ends` are its new inputs and outputs."""
    filled = bytearray(model)
    file = root(memoryview(model), b"TFL3", "The model")
    main = file.tables(_SUBGRAPHS, "subgraph", limits.OPS)[subgraph]
    _keep(filled, file.place(_SUBGRAPHS, _ITEM, limits.OPS)[0], [subgraph])
    _keep(filled, main.place(_OPERATORS, _ITEM, limits.OPS)[0], sorted(ops))
    for field, indices in zip((_INPUTS, _OUTPUTS), ends, strict=True):
        _point(filled, main, field, indices)
    tensors = main.tables(_TENSORS, "tensor", limits.TENSORS)
    for index, shape in shapes.items():
        _point(filled, tensors[index], _SHAPE, shape)
    return bytes(filled)


def _keep(filled: bytearray, start: int, kept: Sequence[int]) -> None:
    """Shorten a list of tables to some of its entries."""
    places = [start + _ITEM * number for number in kept]
    targets = [at + struct.unpack_from("<I", filled, at)[0] for at in places]
    struct.pack_into("<I", filled, start - _ITEM, len(kept))
    for number, target in enumerate(targets):
        at = start + _ITEM * number
        struct.pack_into("<I", filled, at, target - at)


def _point(filled: bytearray, table: FlatTable, field: int, values: Sequence[int]) -> None:
    """Put a list of integers at the end, and let the table's field point to it."""
    slot = table.scalar_place(field)
    if slot is None:
        raise CannotCut(f"{table.where} has no list in field {field}")
    filled += bytes(-len(filled) % _ITEM)
    struct.pack_into("<I", filled, slot, len(filled) - slot)
    filled += struct.pack(f"<I{len(values)}i", len(values), *values)
