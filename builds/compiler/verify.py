"""Invariants of a graph, checked after reading and after every pass.

One function, one invariant.
"""

from collections.abc import Callable

from builds.compiler.errors import BadModel
from builds.compiler.graph import ABSENT, Graph


def tensors_are_written_once(graph: Graph) -> str | None:
    """No tensor is the output of two operators, and none is both constant and computed."""
    seen: set[int] = {t.index for t in graph.inputs}
    for op in graph.ops:
        for index in op.outputs:
            if index in seen or graph.tensor(index).data is not None:
                return f"{op.label} writes tensor {index}, which already has a value"
            seen.add(index)
    return None


def tensors_are_written_before_read(graph: Graph) -> str | None:
    """Every operand is an input, a constant, a variable, or was computed before."""
    known = {t.index for t in graph.inputs}
    known |= {t.index for t in graph.tensors if t.data is not None or t.variable}
    for op in graph.ops:
        for index in op.inputs:
            if index != ABSENT and not {index, graph.storage(index)} & known:
                return f"{op.label} reads tensor {index} before it has a value"
        known |= set(op.outputs)
    return None


def outputs_have_values(graph: Graph) -> str | None:
    """Every output of the model is computed by an operator; inputs are not constant."""
    written = {i for op in graph.ops for i in op.outputs}
    for tensor in graph.outputs:
        if graph.storage(tensor.index) not in written | {t.index for t in graph.inputs}:
            return f"output tensor {tensor.index} ({tensor.name}) is never computed"
    if any(t.data is not None for t in graph.inputs):
        return "an input of the model is a constant"
    return None


def has_inputs_and_outputs(graph: Graph) -> str | None:
    """The model has operators, at least one input and one output, and names none twice."""
    if not (graph.ops and graph.inputs and graph.outputs):
        return "the model has no operators, no inputs or no outputs"
    indices = [t.index for t in graph.inputs]
    return "an input is named twice" if len(set(indices)) != len(indices) else None


INVARIANTS: tuple[Callable[[Graph], str | None], ...] = (
    has_inputs_and_outputs,
    tensors_are_written_once,
    tensors_are_written_before_read,
    outputs_have_values,
)


def verify(graph: Graph, *, after: str) -> None:
    """Raise BadModel when an invariant does not hold."""
    for invariant in INVARIANTS:
        broken = invariant(graph)
        if broken:
            raise BadModel(f"The model is inconsistent after {after}: {broken}.")
