"""Write operators and tensors into a model file, in front of what it has.

What is new is a root, a main graph and the lists that grow; they point to the tables of the old
file, which follows unchanged.
"""

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from builds.compiler import limits
from builds.compiler.errors import Unsupported
from builds.compiler.graph import Graph, Tensor
from builds.compiler.graph.opcodes import DTYPES, OPERATORS, OWN
from builds.compiler.litert.front import Fields, NumberList, Old, Tables, before
from builds.compiler.read.flatbuffer import FlatTable, root

_TYPES = {name: code for code, name in DTYPES.items()}
_CONSTANT_ALIGNMENT = 16  # bytes
_LENGTH = 4  # bytes in front of a list's entries
_FILE_LISTS = (3, 5, 6, 7)  # slots of the root that are kept: texts, metadata, signatures
_GRAPH_LISTS = (1, 2, 4)  # inputs, outputs, name
_OPERATOR_CODES, _SUBGRAPHS, _BUFFERS = 1, 2, 4


@dataclass(frozen=True)
class Insertion:
    """An operator without options."""

    kind: str
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]


def insert(
    model: bytes,
    graph: Graph,
    replaced: Mapping[int, Sequence[Insertion]],
    tensors: Sequence[Tensor],
) -> bytes:
    """Put operators in the place of others of the main graph, and add tensors at its end."""
    ops = len(graph.ops) + sum(len(made) - 1 for made in replaced.values())
    if len(graph.tensors) + len(tensors) > limits.TENSORS or ops > limits.OPS:
        raise Unsupported("With LiteRT's arithmetic the model has too many operators or tensors.")
    file = root(memoryview(model), b"TFL3", "The model")
    codes = _old(file.tables(_OPERATOR_CODES, "operator code", limits.OPS))
    buffers = _old(file.tables(_BUFFERS, "buffer", limits.BUFFERS))
    kinds = sorted({op.kind for made in replaced.values() for op in made})
    numbers = {kind: len(codes) + n for n, kind in enumerate(kinds)}
    filled = [tensor for tensor in tensors if tensor.data is not None]
    places = {tensor.index: len(buffers) + n for n, tensor in enumerate(filled)}
    main, *others = file.tables(_SUBGRAPHS, "subgraph", limits.OPS)
    graphs = Tables([_graph(main, replaced, numbers, tensors, places), *_old(others)])
    return before(
        model,
        Fields(
            {
                0: file.integer(0, "u32"),
                _OPERATOR_CODES: Tables([*codes, *map(code, kinds)]),
                _SUBGRAPHS: graphs,
                _BUFFERS: Tables([*buffers, *map(buffer, filled)]),
                **{slot: _list(file, slot) for slot in _FILE_LISTS},
            }
        ),
    )


def _old(tables: Sequence[FlatTable]) -> list[Old]:
    return [Old(table.position) for table in tables]


def _list(table: FlatTable, slot: int) -> Old | None:
    """Point to a list or a text of the old file."""
    start, _ = table.place(slot, 1, limits.MODEL_BYTES)
    return Old(start - _LENGTH) if start else None


def _graph(
    main: FlatTable,
    replaced: Mapping[int, Sequence[Insertion]],
    numbers: Mapping[str, int],
    tensors: Sequence[Tensor],
    places: Mapping[int, int],
) -> Fields:
    ops: list[Old | Fields] = []
    for index, op in enumerate(_old(main.tables(3, "operator", limits.OPS))):
        made = [_operator(new, numbers) for new in replaced.get(index, ())]
        ops += made or [op]
    known = _old(main.tables(0, "tensor", limits.TENSORS))
    added = [tensor_table(tensor, places.get(tensor.index, 0)) for tensor in tensors]
    kept = {slot: _list(main, slot) for slot in _GRAPH_LISTS}
    return Fields({0: Tables([*known, *added]), 3: Tables(ops), **kept})


def code(kind: str) -> Fields:
    """The table of an operator's kind."""
    number = OPERATORS.index("CUSTOM" if kind in OWN else kind)
    text = NumberList(kind.encode(), 1) if kind in OWN else None
    return Fields({0: min(number, 127), 1: text, 2: 1, 3: number})


def _operator(op: Insertion, numbers: Mapping[str, int]) -> Fields:
    return Fields({0: numbers[op.kind], 1: integers(op.inputs), 2: integers(op.outputs)})


def integers(values: Sequence[int]) -> NumberList:
    """A list of 32-bit integers."""
    return NumberList(np.asarray(values, "<i4").tobytes(), 4)


def tensor_table(tensor: Tensor, place: int) -> Fields:
    """The table of a tensor whose bytes are in the buffer `place`, 0 for none."""
    quantization = None
    if tensor.quantization is not None:
        scales = struct.pack(f"<{len(tensor.scales)}f", *tensor.scales)
        zeros = np.asarray(tensor.quantization.zero_points, "<i8").tobytes()
        axis = tensor.quantization.axis
        lists = {2: NumberList(scales, 4), 3: NumberList(zeros, 8, 8)}
        quantization = Fields({**lists, 6: axis or None})
    return Fields(
        {
            0: integers(tensor.shape),
            1: _TYPES[tensor.dtype],
            2: place,
            3: NumberList(tensor.name.encode(), 1),
            4: quantization,
        }
    )


def buffer(tensor: Tensor) -> Fields:
    """The table of a constant's bytes."""
    return Fields({0: NumberList(tensor.data or b"", 1, _CONSTANT_ALIGNMENT)})
