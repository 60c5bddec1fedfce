"""AVERAGE_POOL_2D and MAX_POOL_2D."""

from builds.compiler.arithmetic.multiplier import activation_range
from builds.compiler.graph import Op
from builds.compiler.kernels.filters.wide import in_bytes
from builds.compiler.kernels.lowering import naming
from builds.compiler.kernels.lowering.step import Context, Step
from builds.compiler.kernels.lowering.trained import trained_all
from builds.compiler.kernels.lowering.window import window_of, window_reuse

_FILES = {"AVERAGE_POOL_2D": ("sums", "average_pool"), "MAX_POOL_2D": ("max_pool",)}
_POOLS = {"AVERAGE_POOL_2D": "EfAveragePool", "MAX_POOL_2D": "EfMaxPool"}


def lower_pool(op: Op, context: Context) -> Step:
    """Turn a pool into a step."""
    source, target = context.input(op), context.output(op)
    window = window_of(op, source, target, (op.option("filter_h"), op.option("filter_w")))
    name = naming.step_name(op, context.graph)
    kernel = f"ef_pool<{_POOLS[op.kind]}>"
    low, high = trained_all(activation_range(op, target))
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
    return Step(
        op,
        name,
        (source.index,),
        (target.index,),
        body=loop if batches > 1 else (call,),
        runtime=("words", "unroll", "window", "pool", *_FILES[op.kind]),
        globals=(f"constexpr EfPool {name}_pool = {{{window.members()}, {low}, {high}}};",),
        reuse=forward if batches == 1 else (),
    )
