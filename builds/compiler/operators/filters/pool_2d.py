"""AVERAGE_POOL_2D and MAX_POOL_2D, and of float32 L2_POOL_2D."""

from collections.abc import Sequence
from typing import Final

from builds.compiler.arithmetic.multiplier import activation_range
from builds.compiler.graph import Graph, Op, Tensor
from builds.compiler.operators.common import naming
from builds.compiler.operators.common.checks import (
    INTEGERS,
    activation_is_known,
    first,
    first_input_is_computed,
    one_input,
    result,
    scale_is_kept,
    tensors_are_images,
)
from builds.compiler.operators.common.learned_value import learned_all
from builds.compiler.operators.common.lowered_op import Context, LoweredOp
from builds.compiler.operators.common.real.form import (
    RealForm,
    only_in_real_numbers,
    operands_are_real,
)
from builds.compiler.operators.common.window import output_sizes, window_of, window_reuse
from builds.compiler.operators.filters.int16.layers import in_bytes
from builds.compiler.operators.filters.real.pools import lower_pool_real
from builds.compiler.operators.opdef import OpDef, Options
from builds.compiler.operators.shapes import Shape, Shapes, batch_carried

_FILES = {"AVERAGE_POOL_2D": ("sums", "average_pool"), "MAX_POOL_2D": ("max_pool",)}
_POOLS = {"AVERAGE_POOL_2D": "EfAveragePool", "MAX_POOL_2D": "EfMaxPool"}


def channels_are_kept(op: Op, graph: Graph) -> bool:
    """Input and output must have the same channels."""
    return first(op, graph).shape[3] == result(op, graph).shape[3]


def window_is_bounded(op: Op, graph: Graph) -> bool:
    """A window over int16 must have at most 2^15 elements."""
    sizes = (op.option("filter_h"), op.option("filter_w"))
    return first(op, graph).dtype == "int8" or (min(sizes) > 0 and sizes[0] * sizes[1] <= 1 << 15)


def lower_pool(op: Op, context: Context) -> LoweredOp:
    """Lower a pool."""
    source, target = context.input(op), context.output(op)
    window = window_of(op, source, target, (op.option("filter_h"), op.option("filter_w")))
    name = naming.function_name(op, context.graph)
    kernel = f"ef_pool<{_POOLS[op.kind]}>"
    low, high = learned_all(activation_range(op, target))
    batches = source.shape[0]
    call = f"{kernel}({name}_pool, $in0, $out0);"
    if batches > 1:
        ins, outs = source.elements // batches, target.elements // batches
        call = f"{kernel}({name}_pool, $in0 + n * {ins}, $out0 + n * {outs});"
    loop = (f"for (int32_t n = 0; n < {batches}; ++n) {{", "  " + call, "}")
    places = (context.graph.storage(source.index), context.graph.storage(target.index))
    reuse = window_reuse(window, *places, window.in_c, block=1, reads_first=False)
    item = source.size_bytes // source.elements
    forward = tuple(in_bytes(r, item) for r in reuse)
    return LoweredOp(
        op,
        name,
        (source.index,),
        (target.index,),
        body=loop if batches > 1 else (call,),
        runtime=("words", "unroll", "window", "pool", *_FILES[op.kind]),
        globals=(f"constexpr EfPool {name}_pool = {{{window.members()}, {low}, {high}}};",),
        reuse=forward if batches == 1 else (),
    )


def _pooled(op: Op, inputs: Sequence[Tensor], target: Tensor) -> Shape:
    window = (op.option("filter_h"), op.option("filter_w"))
    height, width = output_sizes(op, inputs[0].shape, window)
    return (inputs[0].shape[0], height, width, inputs[0].shape[3])


_OPTIONS: Final[Options] = (
    5,
    (
        ("padding", 0, "i8", 0),
        ("stride_w", 1, "i32", 0),
        ("stride_h", 2, "i32", 0),
        ("filter_w", 3, "i32", 0),
        ("filter_h", 4, "i32", 0),
        ("activation", 5, "i8", 0),
    ),
)
_REAL: Final = RealForm(
    (
        one_input,
        first_input_is_computed,
        operands_are_real,
        tensors_are_images,
        channels_are_kept,
        activation_is_known,
    ),
    lower_pool_real,
)
_SHAPES: Final = Shapes(of=_pooled, carried=batch_carried)
OPDEFS: Final = (
    *(
        OpDef(
            kind,
            constraints=(
                one_input,
                *INTEGERS,
                window_is_bounded,
                tensors_are_images,
                channels_are_kept,
                scale_is_kept,
                activation_is_known,
            ),
            lower=lower_pool,
            headers=("window", "pool", _FILES[kind][-1], "pool_real"),
            options=_OPTIONS,
            shape=_SHAPES,
            resolver=resolver,
            real=_REAL,
        )
        for kind, resolver in (
            ("AVERAGE_POOL_2D", "AddAveragePool2D"),
            ("MAX_POOL_2D", "AddMaxPool2D"),
        )
    ),
    OpDef(
        "L2_POOL_2D",
        constraints=(only_in_real_numbers,),
        lower=lower_pool_real,
        headers=("window", "pool_real", "length_real"),
        options=_OPTIONS,
        shape=_SHAPES,
        resolver="AddL2Pool2D",
        real=_REAL,
    ),
)
