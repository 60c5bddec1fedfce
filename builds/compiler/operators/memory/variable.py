"""READ_VARIABLE and ASSIGN_VARIABLE: copies from and to memory that outlives a run."""

from typing import Final

from builds.compiler.graph import Graph, Op, Tensor
from builds.compiler.operators.common import naming
from builds.compiler.operators.common.blocks import CTYPES
from builds.compiler.operators.common.lowered_op import Array, Context, LoweredOp, constant
from builds.compiler.operators.opdef import OpDef

_KEPT = frozenset({"int8", "int16", "int32", "float32"})


def variable_has_one_type(op: Op, graph: Graph) -> bool:
    """A variable must be int8, int16, int32 or float32, and always of the same type and size."""
    variable = graph.tensor(op.inputs[0])
    value = graph.tensor((*op.outputs, *op.inputs[1:])[0])
    same = (variable.dtype, variable.elements) == (value.dtype, value.elements)
    return variable.variable and variable.dtype in _KEPT and same


def variable_has_one_scale(op: Op, graph: Graph) -> bool:
    """A variable must keep its scale and zero point wherever it is read or set."""
    variable = graph.tensor(op.inputs[0])
    value = graph.tensor((*op.outputs, *op.inputs[1:])[0])
    return (variable.scales, variable.zero_point) == (value.scales, value.zero_point)


def variable_is_set(op: Op, graph: Graph) -> bool:
    """A variable that is read must be set somewhere in the model."""
    variable = op.inputs[0]
    return any(o.kind == "ASSIGN_VARIABLE" and o.inputs[0] == variable for o in graph.ops)


def lower_read_variable(op: Op, context: Context) -> LoweredOp:
    """Copy what the variable holds."""
    return _copy(op, context, context.input(op), context.output(op), start_of(context.input(op)))


def lower_assign_variable(op: Op, context: Context) -> LoweredOp:
    """Copy into the variable."""
    variable, value = context.input(op, 0), context.input(op, 1)
    start = start_of(variable)
    if value.data is None:
        return _copy(op, context, value, variable, start)
    name = naming.function_name(op, context.graph)
    given = constant(f"{name}_value", CTYPES[value.dtype], value.array().reshape(-1))
    body = f"ef_copy({given.name}, $out0, {value.elements});"
    return LoweredOp(op, name, (), (variable.index,), (body,), ("copy",), arrays=(given, *start))


def start_of(variable: Tensor) -> tuple[Array, ...]:
    """Give the array that a variable starts from; none when one byte fills it."""
    if variable.initial is None or len(set(variable.initial)) == 1:
        return ()
    held = Tensor(0, "", variable.dtype, variable.shape, data=variable.initial)
    name = f"ef_start_{variable.index}"
    return (constant(name, CTYPES[variable.dtype], held.array().reshape(-1)),)


def _copy(
    op: Op, context: Context, source: Tensor, target: Tensor, start: tuple[Array, ...]
) -> LoweredOp:
    return LoweredOp(
        op,
        naming.function_name(op, context.graph),
        (source.index,),
        (target.index,),
        body=(f"ef_copy($in0, $out0, {source.elements});",),
        runtime=("copy",),
        arrays=start,
    )


_VARIABLE: Final = (variable_has_one_type, variable_has_one_scale)
OPDEFS: Final = (
    OpDef(
        "READ_VARIABLE",
        constraints=(*_VARIABLE, variable_is_set),
        lower=lower_read_variable,
        headers=("copy",),
    ),
    OpDef("ASSIGN_VARIABLE", constraints=_VARIABLE, lower=lower_assign_variable, headers=("copy",)),
)
