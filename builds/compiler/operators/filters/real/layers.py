"""Convolutions and dense layers of real numbers, bit for bit as TFLM's reference kernels.

Sums of real numbers depend on their order, so no loop joins two of one filter; several filters at
a time are several sums. A dense layer is a convolution of one tap, whose pixels are its rows.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from builds.compiler.graph import ABSENT, Graph, Op, Tensor
from builds.compiler.operators.common import naming
from builds.compiler.operators.common.checks import result
from builds.compiler.operators.common.lowered_op import (
    Array,
    Context,
    LoweredOp,
    Reuse,
    constant,
)
from builds.compiler.operators.common.real.form import ends_of
from builds.compiler.operators.common.window import (
    SlidingWindow,
    each_batch,
    window_of,
    window_reuse,
)
from builds.compiler.operators.filters.int16.layers import in_bytes

Reals = npt.NDArray[np.float32]
ITEM: Final = 4  # bytes of an activation
_TOGETHER: Final = 4  # filters that the kernel takes at a time
_SHARED: Final = ("real", "unroll", "window")
COLUMN_HEADERS: Final = ("window", "columns_real")


def layer_is_real(op: Op, graph: Graph) -> bool:
    """Weights must be float32 as activations are; hybrid ones need a representative_dataset."""
    return all(graph.tensor(i).dtype == "float32" for i in (*op.inputs, *op.outputs) if i != ABSENT)


def bias_fits(op: Op, graph: Graph) -> bool:
    """The bias must have one value for each output channel."""
    bias = graph.operand(op, 2)
    return bias is None or bias.elements == result(op, graph).shape[-1]


def lower_conv_real(op: Op, context: Context) -> LoweredOp:
    """Lower a convolution."""
    source, weights = context.input(op), context.input(op, 1)
    window = window_of(op, source, context.output(op), (weights.shape[1], weights.shape[2]))
    matrix = weights.array().astype(np.float32).reshape(weights.shape[0], -1)
    return _columns(op, context, window, matrix, source.shape[3] // weights.shape[3])


def lower_dense_real(op: Op, context: Context) -> LoweredOp:
    """Lower a dense layer."""
    matrix = context.input(op, 1).array().astype(np.float32)
    rows = context.input(op).elements // matrix.shape[1]
    window = SlidingWindow(rows, 1, matrix.shape[1], rows, 1, 1, 1, 1, 1, 1, 1, 0, 0)
    return _columns(op, context, window, matrix, 1)


def _columns(
    op: Op, context: Context, window: SlidingWindow, matrix: Reals, groups: int
) -> LoweredOp:
    source, target = context.input(op), context.output(op)
    name = naming.function_name(op, context.graph)
    arrays = columns_of(name, matrix, context.graph.operand(op, 2), groups)
    sizes = (groups, window.in_c // groups, len(matrix) // groups, *(a.name for a in arrays))
    members = ", ".join([window.members(), *map(str, sizes), *ends_of(op)])
    whole = window.in_h * window.in_w * window.in_c == source.elements
    call = f"ef_conv_real({name}_conv, $in0{{}}, $out0{{}});"
    return LoweredOp(
        op,
        name,
        (source.index,),
        (target.index,),
        body=(call.format("", ""),) if whole else each_batch(call, source, target),
        runtime=(*_SHARED, "columns_real"),
        arrays=arrays,
        globals=(f"constexpr EfConvReal {name}_conv = {{{members}}};",),
        reuse=reuse_of(op, context, window, len(matrix)) if whole else (),
    )


def columns_of(
    name: str, matrix: Reals, bias: Tensor | None, groups: int = 1
) -> tuple[Array, Array]:
    """Lay the weights of four filters side by side, those that are left one after the other."""
    filters = len(matrix) // groups
    parts = [
        matrix[first : first + count].T.reshape(-1)
        for group in range(groups)
        for first, count in _blocks(group * filters, filters)
    ]
    zeros = np.zeros(len(matrix), np.float32)
    values = zeros if bias is None else bias.array().astype(np.float32).reshape(-1)
    return (
        constant(f"{name}_weights", "float", np.concatenate(parts)),
        constant(f"{name}_bias", "float", values),
    )


def _blocks(start: int, count: int) -> Sequence[tuple[int, int]]:
    whole = count - count % _TOGETHER
    fours = [(start + at, _TOGETHER) for at in range(0, whole, _TOGETHER)]
    return [*fours, *((start + at, 1) for at in range(whole, count))]


def reuse_of(op: Op, context: Context, window: SlidingWindow, channels: int) -> tuple[Reuse, ...]:
    """Tell how far outputs may lie over inputs: pixels are taken in order, each once."""
    graph = context.graph
    places = (
        graph.storage(context.input(op).index),
        graph.storage(context.output(op).index),
    )
    found = window_reuse(window, *places, channels, block=1, reads_first=False)
    return tuple(in_bytes(reuse, ITEM) for reuse in found)


def lower_depthwise_real(op: Op, context: Context) -> LoweredOp:
    """Lower a depthwise convolution, of any number of filters a channel."""
    source, weights, target = context.input(op), context.input(op, 1), context.output(op)
    window = window_of(op, source, target, (weights.shape[1], weights.shape[2]))
    name = naming.function_name(op, context.graph)
    bias = context.graph.operand(op, 2)
    zeros = np.zeros(target.shape[3], np.float32)
    values = zeros if bias is None else bias.array().astype(np.float32).reshape(-1)
    arrays = (
        constant(f"{name}_weights", "float", weights.array().astype(np.float32).reshape(-1)),
        constant(f"{name}_bias", "float", values),
    )
    sizes = (target.shape[3] // source.shape[3], *(a.name for a in arrays))
    members = ", ".join([window.members(), *map(str, sizes), *ends_of(op)])
    call = f"ef_depthwise_real({name}_conv, $in0{{}}, $out0{{}});"
    return LoweredOp(
        op,
        name,
        (source.index,),
        (target.index,),
        body=each_batch(call, source, target),
        runtime=(*_SHARED, "depthwise_real"),
        arrays=arrays,
        globals=(f"constexpr EfDepthwiseReal {name}_conv = {{{members}}};",),
        reuse=reuse_of(op, context, window, target.shape[3]) if source.shape[0] == 1 else (),
    )


def filters_are_finite(op: Op, graph: Graph) -> bool:
    """Weights and bias must be constant and finite."""
    constants = [graph.tensor(i) for i in op.inputs[1:] if i != ABSENT]
    return all(t.data is not None and bool(np.isfinite(t.array()).all()) for t in constants)
