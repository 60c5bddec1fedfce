"""A graph becomes a model file: what another format's reader made is compiled and proved as any."""

import struct
from collections.abc import Sequence

import numpy as np

from builds.compiler.graph import Graph, Op, Tensor
from builds.compiler.litert.front import Fields, NumberList, Tables, before
from builds.compiler.litert.insert import buffer, code, integers, tensor_table
from builds.compiler.operators.table import OPTIONS

_EMPTY = b"\0\0\0\0TFL3"  # the least that the front can stand before
_VERSION = 3
_WORD = 0xFFFFFFFF


def write_model(graph: Graph) -> bytes:
    """The file of a graph with one subgraph and no variables; equal graphs give equal bytes."""
    kinds = sorted({op.kind for op in graph.ops})
    filled = [tensor for tensor in graph.tensors if tensor.data is not None]
    places = {tensor.index: 1 + number for number, tensor in enumerate(filled)}
    main = Fields(
        {
            0: Tables([tensor_table(t, places.get(t.index, 0)) for t in graph.tensors]),
            1: _indices(graph.inputs),
            2: _indices(graph.outputs),
            3: Tables([_operator(op, kinds) for op in graph.ops]),
        }
    )
    return before(
        _EMPTY,
        Fields(
            {
                0: _VERSION,
                1: Tables([code(kind) for kind in kinds]),
                2: Tables([main]),
                4: Tables([Fields({}), *(buffer(tensor) for tensor in filled)]),
            }
        ),
    )


def _indices(tensors: Sequence[Tensor]) -> NumberList:
    return integers([tensor.index for tensor in tensors])


def _operator(op: Op, kinds: Sequence[str]) -> Fields:
    values: dict[int, int | NumberList | Fields | None] = {
        0: kinds.index(op.kind),
        1: integers(op.inputs),
        2: integers(op.outputs),
    }
    if op.kind in OPTIONS:
        number, fields = OPTIONS[op.kind]
        given = {
            slot: (op.options[name], kind) for name, slot, kind, _ in fields if name in op.options
        }
        values[3] = number
        values[4] = Fields({slot: _word(value, kind) for slot, (value, kind) in given.items()})
    return Fields(values)


def _word(value: float, kind: str) -> int:
    """An option as the 32 bits in which it lies."""
    if kind == "f32":
        return int.from_bytes(np.float32(value).tobytes(), "little")
    return int.from_bytes(struct.pack("<i", int(value)), "little") & _WORD
