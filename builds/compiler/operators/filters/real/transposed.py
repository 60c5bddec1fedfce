"""TRANSPOSE_CONV and BATCH_MATMUL of real numbers."""

from collections.abc import Sequence
from typing import Final

import numpy as np

from builds.compiler.graph import Op
from builds.compiler.operators.common import naming
from builds.compiler.operators.common.lowered_op import Context, LoweredOp
from builds.compiler.operators.common.real.form import ends_of
from builds.compiler.operators.common.window import SlidingWindow, each_batch
from builds.compiler.operators.filters.real.layers import columns_of

FILTER, SOURCE, BIAS = 1, 2, 3
TRANSPOSED_HEADERS: Final = ("window", "columns_real", "transposed_real")


def lower_transposed_real(op: Op, context: Context, sizes: Sequence[int]) -> LoweredOp:
    """Lower a transposed convolution; `sizes` as for integers, from its batches on."""
    source, weights = context.input(op, SOURCE), context.input(op, FILTER)
    name = naming.function_name(op, context.graph)
    _, in_h, in_w, in_c, out_h, out_w, filters, k_h, k_w, by_h, by_w, pad_h, pad_w = sizes
    window = SlidingWindow(in_h, in_w, in_c, out_h, out_w, k_h, k_w, by_h, by_w, 1, 1, pad_h, pad_w)
    matrix = weights.array().astype(np.float32).reshape(filters, -1)
    arrays = columns_of(name, matrix, context.graph.operand(op, BIAS))
    given = (1, in_c, filters, *(a.name for a in arrays))
    members = ", ".join([window.members(), *map(str, given), *ends_of(op)])
    call = f"ef_transposed_real({name}_conv, $in0{{}}, $out0{{}});"
    return LoweredOp(
        op,
        name,
        (source.index,),
        op.outputs,
        body=each_batch(call, source, context.output(op)),
        runtime=("real", "unroll", "window", "columns_real", "transposed_real"),
        arrays=arrays,
        globals=(f"constexpr EfConvReal {name}_conv = {{{members}}};",),
    )
