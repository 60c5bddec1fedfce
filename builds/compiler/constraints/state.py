"""What the compiler asks of variables and fills. One function, one constraint."""

import numpy as np

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


def fill_is_constant(op: Op, graph: Graph) -> bool:
    """The shape must be constant int32 values that the output has, the value one of its type."""
    shape, value, target = (graph.tensor(i) for i in (*op.inputs, op.outputs[0]))
    if shape.data is None or shape.dtype != "int32" or value.data is None:
        return False
    known = value.dtype == target.dtype and target.dtype in ("int8", "int16", "float32")
    same = tuple(int(v) for v in shape.array().reshape(-1)) == target.shape
    finite = target.dtype != "float32" or bool(np.isfinite(value.array()).all())
    return known and same and finite and value.elements == 1
