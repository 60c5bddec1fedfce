"""Blocks of elements that move from one layout to another: all that slices and splits are."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod

from builds.compiler.graph import Graph, Op, Tensor
from builds.compiler.operators.common import naming
from builds.compiler.operators.common.lowered_op import Array, Context, LoweredOp, constant

AXES = 6  # that the kernel walks over
CTYPES = {
    "bool": "uint8_t",
    "float32": "float",
    "int16": "int16_t",
    "int32": "int32_t",
    "int64": "int64_t",
    "int8": "int8_t",
    "uint8": "uint8_t",
}
MOVED_TYPES = frozenset({"bool", "float32", "int16", "int32", "int8"})


@dataclass(frozen=True)
class Axis:
    """One axis of a block: how many elements, and how far apart on both sides."""

    size: int
    source: int
    target: int


@dataclass(frozen=True)
class Block:
    """A block: its axes, outermost first, and where it starts on both sides."""

    axes: tuple[Axis, ...]
    source: int = 0
    target: int = 0


@dataclass(frozen=True)
class Move:
    """A block of one operand that goes to one result."""

    operand: Tensor
    result: int
    block: Block


def strides(shape: Sequence[int]) -> tuple[int, ...]:
    """Distance of neighbours along each axis of a row-major tensor."""
    return tuple(prod(shape[axis + 1 :]) for axis in range(len(shape)))


def merged(axes: Sequence[Axis]) -> tuple[Axis, ...]:
    """The same block with as few axes as can be, so that the inner loop is as long as can be."""
    kept: list[Axis] = []
    for axis in axes:
        outer = kept[-1] if kept else None
        if axis.size == 1:
            continue
        if outer and (outer.source, outer.target) == (
            axis.source * axis.size,
            axis.target * axis.size,
        ):
            kept[-1] = Axis(outer.size * axis.size, axis.source, axis.target)
        else:
            kept.append(axis)
    return tuple(kept)


def lower_moves(op: Op, context: Context, moves: Sequence[Move]) -> LoweredOp:
    """Lower moves; operands that are constant go to flash."""
    name = naming.function_name(op, context.graph)
    arrays: list[Array] = []
    inputs: list[int] = []
    lines: list[str] = []
    texts: list[str] = []
    for number, move in enumerate(moves):
        ctype = CTYPES[move.operand.dtype]
        if move.operand.data is None:
            if move.operand.index not in inputs:
                inputs.append(move.operand.index)
            source = f"$in{inputs.index(move.operand.index)}"
        else:
            source = f"{name}_part{number}"
            arrays.append(constant(source, ctype, move.operand.array().reshape(-1)))
        texts.append(f"constexpr EfMove {name}_move{number} = {_text(move.block)};")
        lines.append(f"ef_move<{ctype}>({name}_move{number}, {source}, $out{move.result});")
    return LoweredOp(
        op,
        name,
        tuple(inputs),
        op.outputs,
        body=tuple(lines),
        runtime=("words", "move"),
        arrays=tuple(arrays),
        globals=tuple(texts),
    )


def _text(block: Block) -> str:
    axes = merged(block.axes)
    padded = (Axis(1, 0, 0),) * (AXES - len(axes)) + axes
    columns = (
        ", ".join(str(axis.size) for axis in padded),
        ", ".join(str(axis.source) for axis in padded),
        ", ".join(str(axis.target) for axis in padded),
    )
    rows = ", ".join("{" + column + "}" for column in columns)
    return f"{{{rows}, {block.source}, {block.target}}}"


def axis_of(tensor: Tensor, source: Tensor) -> int:
    """Read an axis that may count from the end."""
    return int(tensor.array().reshape(-1)[0]) % len(source.shape)


def constants_of(op: Op, graph: Graph, positions: tuple[int, ...]) -> list[list[int]] | None:
    """The integers of constant operands; None when one is computed or of another type."""
    found = []
    for position in positions:
        tensor = graph.operand(op, position)
        if tensor is None or tensor.data is None or tensor.dtype != "int32":
            return None
        found.append([int(v) for v in tensor.array().reshape(-1)])
    return found


def same_types(tensors: list[Tensor], known: frozenset[str]) -> bool:
    """Tell whether all tensors are of one type, and that one of the known ones."""
    return len({t.dtype for t in tensors}) == 1 and tensors[0].dtype in known


def source_is_moved(op: Op, graph: Graph) -> bool:
    """Input (an activation) and results: of one type, int8, int16, int32, float32 or bool."""
    source = graph.tensor(op.inputs[1 if op.kind == "SPLIT" else 0])
    results = [graph.tensor(i) for i in op.outputs]
    return source.data is None and same_types([source, *results], MOVED_TYPES)
