"""The model's own file with the sizes that it leaves open filled in, for the reference to run.

TFLM takes the shapes of a file as they are. Where a converter wrote 1 for a size that it did not
know, TFLM would compute only a part; an interpreter that resizes tensors would compute the whole.
"""

from builds.compiler import limits
from builds.compiler.flatbuffer import root
from builds.compiler.graph import Graph

_ITEM = 4  # bytes of a size


def fill_open_sizes(model: bytes, graph: Graph) -> bytes:
    """Write the graph's shapes into a file that was read; the same bytes when none differs."""
    main = root(memoryview(model), b"TFL3", "The model").tables(2, "subgraph", limits.OPS)[0]
    tables = main.tables(0, "tensor", limits.TENSORS)
    used = {i for op in graph.ops for i in (*op.inputs, *op.outputs)}
    filled = bytearray(model)
    for table, tensor in zip(tables, graph.tensors, strict=False):
        at, count = table.place(0, _ITEM, limits.RANK)
        shape = table.integers(0, limits.RANK)
        if tensor.index in used and count == len(tensor.shape) and shape != tensor.shape:
            for axis, size in enumerate(tensor.shape):
                filled[at + _ITEM * axis : at + _ITEM * (axis + 1)] = size.to_bytes(_ITEM, "little")
    return bytes(filled)
