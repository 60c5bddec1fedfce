"""What the compiler asks of variables. One function, one constraint."""

from builds.compiler.graph import Graph, Op

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
