"""READ_VARIABLE and ASSIGN_VARIABLE: copies from and to memory that outlives a run."""

from builds.compiler.graph import Op, Tensor
from builds.compiler.kernels.lowering import naming
from builds.compiler.kernels.lowering.blocks import CTYPES
from builds.compiler.kernels.lowering.step import Array, Context, Step, constant


def lower_read_variable(op: Op, context: Context) -> Step:
    """Copy what the variable holds."""
    return _copy(op, context, context.input(op), context.output(op), start_of(context.input(op)))


def lower_assign_variable(op: Op, context: Context) -> Step:
    """Copy into the variable."""
    variable, value = context.input(op, 0), context.input(op, 1)
    start = start_of(variable)
    if value.data is None:
        return _copy(op, context, value, variable, start)
    name = naming.step_name(op, context.graph)
    given = constant(f"{name}_value", CTYPES[value.dtype], value.array().reshape(-1))
    body = f"ef_copy({given.name}, $out0, {value.elements});"
    return Step(op, name, (), (variable.index,), (body,), ("copy",), arrays=(given, *start))


def start_of(variable: Tensor) -> tuple[Array, ...]:
    """Give the array that a variable starts from; none when one byte fills it."""
    if variable.initial is None or len(set(variable.initial)) == 1:
        return ()
    held = Tensor(0, "", variable.dtype, variable.shape, data=variable.initial)
    name = f"ef_start_{variable.index}"
    return (constant(name, CTYPES[variable.dtype], held.array().reshape(-1)),)


def _copy(
    op: Op, context: Context, source: Tensor, target: Tensor, start: tuple[Array, ...]
) -> Step:
    return Step(
        op,
        naming.step_name(op, context.graph),
        (source.index,),
        (target.index,),
        body=(f"ef_copy($in0, $out0, {source.elements});",),
        runtime=("copy",),
        arrays=start,
    )
