"""Pools of real numbers: each sum in TFLM's order."""

from collections.abc import Mapping
from typing import Final

from builds.compiler.graph import Op
from builds.compiler.operators.common import naming
from builds.compiler.operators.common.lowered_op import Context, LoweredOp
from builds.compiler.operators.common.real.form import ends_of
from builds.compiler.operators.common.window import each_batch, window_of
from builds.compiler.operators.filters.real.layers import reuse_of

_POOLS: Final[Mapping[str, tuple[str, tuple[str, ...]]]] = {
    "AVERAGE_POOL_2D": ("EfMeanReal", ()),
    "L2_POOL_2D": ("EfLengthReal", ("root_real", "length_real")),
    "MAX_POOL_2D": ("EfLargestReal", ()),
}


def lower_pool_real(op: Op, context: Context) -> LoweredOp:
    """Lower a pool."""
    source, target = context.input(op), context.output(op)
    window = window_of(op, source, target, (op.option("filter_h"), op.option("filter_w")))
    name = naming.function_name(op, context.graph)
    struct, headers = _POOLS[op.kind]
    members = ", ".join([window.members(), *ends_of(op)])
    call = f"ef_pool_real<{struct}>({name}_pool, $in0{{}}, $out0{{}});"
    return LoweredOp(
        op,
        name,
        (source.index,),
        (target.index,),
        body=each_batch(call, source, target),
        runtime=("real", "window", "pool_real", *headers),
        globals=(f"constexpr EfPoolReal {name}_pool = {{{members}}};",),
        reuse=reuse_of(op, context, window, source.shape[3]) if source.shape[0] == 1 else (),
    )
