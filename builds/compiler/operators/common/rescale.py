"""One element in, one element out, with another scale."""

from builds.compiler.arithmetic.multiplier import Multiplier
from builds.compiler.graph import Op
from builds.compiler.operators.common import naming
from builds.compiler.operators.common.learned_value import learned_all
from builds.compiler.operators.common.lowered_op import Array, Context, LoweredOp, in_place

Arrays = tuple[Array, ...]


def rescale(
    op: Op, context: Context, by: Multiplier, zeros: tuple[int, int], clamp: tuple[int, int]
) -> LoweredOp:
    """Scale each element, move it to the other zero point, and clamp it."""
    name = naming.function_name(op, context.graph)
    members = learned_all((zeros[0], by.value, by.shift, zeros[1], *clamp))
    text = f"constexpr EfRescale {name}_scale = {{{', '.join(members)}}};"
    call = f"ef_rescale({name}_scale, $in0, $out0, {context.input(op).elements});"
    return one_to_one(op, context, call, "rescale", text=text)


def one_to_one(
    op: Op, context: Context, call: str, *runtime: str, text: str = "", arrays: Arrays = ()
) -> LoweredOp:
    """Lower to a call of a kernel that reads each element before it writes it.

    `text` is a structure that the call needs, and `arrays` are its constants.
    """
    source, target = context.input(op), context.output(op)
    return LoweredOp(
        op,
        naming.function_name(op, context.graph),
        (source.index,),
        (target.index,),
        body=(call,),
        runtime=runtime,
        arrays=arrays,
        globals=(text,) if text else (),
        reuse=in_place(op, source, target, context.graph),
    )
