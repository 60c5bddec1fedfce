"""The model's own file, with what the compiler worked out written into it, for TFLM to run.

TFLM takes the shapes of a file as they are, and has no operators for sizes that a converter left
to the interpreter. So sizes that are open (written as 1) are filled in, what arithmetic on shapes
gives becomes a constant, and the operators that gave it are taken out. A SELECT, which is compiled
for operands of one shape only, is named SELECT_V2: the same there, and TFLM has it. All else stays,
byte for byte.
"""

import struct
from collections import Counter
from collections.abc import Sequence

from builds.compiler import limits
from builds.compiler.graph import Graph, Tensor
from builds.compiler.graph.opcodes import OPERATORS
from builds.compiler.read.flatbuffer import FlatTable, root

_CODE = ((0, 1), (3, 4))  # slots of an operator's number, and their bytes
_SELECT, _SELECT_V2 = OPERATORS.index("SELECT"), OPERATORS.index("SELECT_V2")
_ITEM = 4  # bytes of an offset or a size
_ALIGNMENT = 16  # bytes, of constants
_BUFFER = struct.Struct("<HHHxxiII")  # a virtual table, then the table, then the vector's length
_TABLE, _DATA = 8, 12  # where in it the table starts, and the field that points to the data


def reference_of(model: bytes, graph: Graph) -> bytes:
    """Write a graph's shapes and constants into its file; the same bytes when it had them all.

    `graph` is what was read from the file, with shapes and arithmetic on them worked out.
    """
    file = root(memoryview(model), b"TFL3", "The model")
    main = file.tables(2, "subgraph", limits.OPS)[0]
    tables = main.tables(0, "tensor", limits.TENSORS)
    filled = bytearray(model)
    known = graph.tensors[: len(tables)]
    _fill_sizes(filled, tables, graph, known)
    _name_choices(filled, file)
    made = _worked_out(main, known)
    places = _own_buffers(file, tables)
    if made and all(known[i].index in places for i in made.values()):
        for index in made.values():
            _append(filled, places[index], known[index].data or b"")
        remove_operators(filled, main, set(made))
    return bytes(filled)


def _name_choices(filled: bytearray, file: FlatTable) -> None:
    for code in file.tables(1, "operator code", limits.OPS):
        for slot, size in _CODE:
            at = code.scalar_place(slot)
            if at is not None and filled[at : at + size] == _SELECT.to_bytes(size, "little"):
                filled[at : at + size] = _SELECT_V2.to_bytes(size, "little")


def _fill_sizes(
    filled: bytearray, tables: Sequence[FlatTable], graph: Graph, known: Sequence[Tensor]
) -> None:
    used = {i for op in graph.ops for i in (*op.inputs, *op.outputs)}
    for table, tensor in zip(tables, known, strict=True):
        at, count = table.place(0, _ITEM, limits.RANK)
        shape = table.integers(0, limits.RANK)
        if tensor.index in used and count == len(tensor.shape) and shape != tensor.shape:
            for axis, size in enumerate(tensor.shape):
                filled[at + _ITEM * axis : at + _ITEM * (axis + 1)] = size.to_bytes(_ITEM, "little")


def _worked_out(main: FlatTable, known: Sequence[Tensor]) -> dict[int, int]:
    """Find the operators whose one output is a constant by now: operator to tensor."""
    outputs = [op.integers(2, limits.ARITY) for op in main.tables(3, "operator", limits.OPS)]
    return {
        number: made[0]
        for number, made in enumerate(outputs)
        if len(made) == 1 and known[made[0]].data is not None
    }


def _own_buffers(file: FlatTable, tables: Sequence[FlatTable]) -> dict[int, int]:
    """Find the tensors that share their buffer with none, and where the file points to it."""
    start, count = file.place(4, _ITEM, limits.BUFFERS)
    buffers = [table.integer(2, "u32") for table in tables]
    uses = Counter(buffers)
    return {
        number: start + _ITEM * buffer
        for number, buffer in enumerate(buffers)
        if uses[buffer] == 1 and 0 < buffer < count
    }


def _append(filled: bytearray, pointer: int, data: bytes) -> None:
    """Put a buffer at the end, and point to it."""
    filled += bytes(-(len(filled) + _BUFFER.size) % _ALIGNMENT)
    at = len(filled)
    filled += _BUFFER.pack(6, 8, 4, _TABLE, _ITEM, len(data)) + data
    filled[pointer : pointer + _ITEM] = (at + _TABLE - pointer).to_bytes(_ITEM, "little")


def remove_operators(filled: bytearray, main: FlatTable, gone: set[int]) -> None:
    """Close the gaps that operators leave in their list."""
    start, count = main.place(3, _ITEM, limits.OPS)
    places = [start + _ITEM * number for number in range(count)]
    targets = [at + int.from_bytes(filled[at : at + _ITEM], "little") for at in places]
    kept = [target for number, target in enumerate(targets) if number not in gone]
    filled[start - _ITEM : start] = len(kept).to_bytes(_ITEM, "little")
    for at, target in zip(places, kept, strict=False):
        filled[at : at + _ITEM] = (target - at).to_bytes(_ITEM, "little")
