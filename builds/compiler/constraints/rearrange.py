"""What the compiler asks of operators that repeat, mirror, turn or pick blocks.

One function, one constraint; its docstring is the sentence that people read.
"""

from builds.compiler.graph import ABSENT, Graph, Op, Tensor
from builds.compiler.kernels.lowering.blocks import AXES
from builds.compiler.kernels.movement.rearrange import fits

_TYPES = frozenset({"int8", "int16", "int32", "float32"})


def _ends(op: Op, graph: Graph) -> tuple[Tensor, Tensor]:
    return graph.tensor(op.inputs[0]), graph.tensor(op.outputs[0])


def _constant(op: Op, graph: Graph, position: int) -> list[int] | None:
    tensor = graph.tensor(op.inputs[position])
    if tensor.data is None or tensor.dtype not in ("int32", "int64"):
        return None
    return [int(v) for v in tensor.array().reshape(-1)]


def has_three_operands(op: Op, graph: Graph) -> bool:
    """There must be an image, a block and paddings or crops, and one output."""
    return len(op.inputs) == 3 and len(op.outputs) == 1 and ABSENT not in op.inputs


def source_keeps_its_type(op: Op, graph: Graph) -> bool:
    """Input (an activation) and output: of one type, int8, int16, int32 or float32."""
    source, target = _ends(op, graph)
    typed = source.dtype in _TYPES and 0 < len(source.shape) <= AXES
    return source.data is None and typed and source.dtype == target.dtype


def tiles_fill_the_output(op: Op, graph: Graph) -> bool:
    """The multiples must be constant, one a dimension, and give the output's shape."""
    source, target = _ends(op, graph)
    times = _constant(op, graph, 1)
    if times is None or len(times) != len(source.shape) or min(times) < 1:
        return False
    return tuple(s * t for s, t in zip(source.shape, times, strict=True)) == target.shape


def shape_is_broadcast(op: Op, graph: Graph) -> bool:
    """Each of the input's dimensions must be 1 or that of the output, counted from the last."""
    source, target = _ends(op, graph)
    shape = (1,) * (len(target.shape) - len(source.shape)) + source.shape
    return len(shape) == len(target.shape) <= AXES and all(
        a in (1, b) for a, b in zip(shape, target.shape, strict=True)
    )


def axes_are_turned(op: Op, graph: Graph) -> bool:
    """The axes must be constant and inside the input's dimensions, and the shape be kept."""
    source, target = _ends(op, graph)
    axes = _constant(op, graph, 1)
    rank = len(source.shape)
    return (
        axes is not None and source.shape == target.shape and all(-rank <= a < rank for a in axes)
    )


def mirrors_fit(op: Op, graph: Graph) -> bool:
    """Paddings must be constant pairs, no larger than what they mirror, and give the output."""
    source, target = _ends(op, graph)
    pads = _constant(op, graph, 1)
    if pads is None or len(pads) != 2 * len(source.shape) or len(source.shape) != len(target.shape):
        return False
    edge = 1 if op.option("mode") == 0 else 0
    return op.option("mode") in (0, 1) and all(
        min(pads[2 * n : 2 * n + 2]) >= 0
        and max(pads[2 * n : 2 * n + 2]) <= size - edge
        and whole == size + sum(pads[2 * n : 2 * n + 2])
        for n, (size, whole) in enumerate(zip(source.shape, target.shape, strict=True))
    )


def places_are_inside(op: Op, graph: Graph) -> bool:
    """Indices must be constant and inside the input, and give the output's shape."""
    source, target = _ends(op, graph)
    chosen = graph.tensor(op.inputs[1])
    places = _constant(op, graph, 1)
    depth = chosen.shape[-1] if chosen.shape else 0
    if places is None or not 0 < depth <= len(source.shape):
        return False
    inside = all(0 <= i < source.shape[at % depth] for at, i in enumerate(places))
    return inside and chosen.shape[:-1] + source.shape[depth:] == target.shape


def blocks_fit(op: Op, graph: Graph) -> bool:
    """Constant block and pads must give the output; with batch_size=1 at export they do."""
    source, target = _ends(op, graph)
    wide, deep = (source, target) if op.kind == "SPACE_TO_BATCH_ND" else (target, source)
    block, pads = _constant(op, graph, 1), _constant(op, graph, 2)
    if block is None or pads is None or not 0 < len(block) < len(wide.shape):
        return False
    if len(wide.shape) != len(deep.shape) or len(pads) != 2 * len(block):
        return False
    if min(block) < 1 or min(pads) < 0 or max(*block, *pads) > 1 << 20:
        return False
    batches = wide.shape[0]
    for axis, size in enumerate(block):
        batches *= size
        whole = wide.shape[1 + axis] + pads[2 * axis] + pads[2 * axis + 1]
        if whole != deep.shape[1 + axis] * size:
            return False
    kept = 1 + len(block)
    return batches == deep.shape[0] and wide.shape[kept:] == deep.shape[kept:]


def moves_are_few(op: Op, graph: Graph) -> bool:
    """It must be at most 64 moves of blocks of at most six axes."""
    return fits(op, graph)
