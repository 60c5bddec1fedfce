"""Invariants of a graph, checked after reading and after every pass.

One function, one invariant. After a pass the operators' own constraints and shapes must hold as
well: they held before it, so what is broken then is the compiler's fault and not the model's.
"""

from collections.abc import Callable

from builds.compiler.errors import BadModel, BrokenPass
from builds.compiler.graph import ABSENT, Graph
from builds.compiler.graph.opcodes import ITEM_BYTES
from builds.compiler.operators.refusal import refusal, wrong_shape


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
    """Every output of the model is computed, given or constant; inputs are not constant."""
    known = {i for op in graph.ops for i in op.outputs} | {t.index for t in graph.inputs}
    known |= {t.index for t in graph.tensors if t.data is not None}
    for tensor in graph.outputs:
        if graph.storage(tensor.index) not in known:
            return f"output tensor {tensor.index} ({tensor.name}) is never computed"
    if any(t.data is not None for t in graph.inputs):
        return "an input of the model is a constant"
    return None


def has_inputs_and_outputs(graph: Graph) -> str | None:
    """The model has at least one input and one output, and names no input twice."""
    if not (graph.inputs and graph.outputs):
        return "the model has no inputs or no outputs"
    indices = [t.index for t in graph.inputs]
    return "an input is named twice" if len(set(indices)) != len(indices) else None


def views_have_the_size_of_their_memory(graph: Graph) -> str | None:
    """A tensor that shares another's memory has as many elements, of the same size."""
    for index in graph.aliases:
        view, memory = graph.tensor(index), graph.tensor(graph.storage(index))
        same = ITEM_BYTES[view.dtype] == ITEM_BYTES[memory.dtype]
        if not same or view.elements != memory.elements:
            return (
                f"tensor {index} has the shape {list(view.shape)} and lies in the memory of "
                f"tensor {memory.index}, which has {list(memory.shape)}"
            )
    return None


def operators_take_what_they_get(graph: Graph) -> str | None:
    """Every operator keeps the constraints that it had to pass, filters and biases included."""
    return next((text for op in graph.ops if (text := refusal(op, graph))), None)


def shapes_follow_from_inputs(graph: Graph) -> str | None:
    """Every result has the shape that its operator gives it."""
    return next((text for op in graph.ops if (text := wrong_shape(op, graph))), None)


INVARIANTS: tuple[Callable[[Graph], str | None], ...] = (
    has_inputs_and_outputs,
    tensors_are_written_once,
    tensors_are_written_before_read,
    outputs_have_values,
)
KEPT: tuple[Callable[[Graph], str | None], ...] = (
    *INVARIANTS,
    views_have_the_size_of_their_memory,
    operators_take_what_they_get,
    shapes_follow_from_inputs,
)
"""What every pass must keep."""


def verify(graph: Graph) -> None:
    """Raise BadModel when an invariant of what was read does not hold."""
    broken = next((text for invariant in INVARIANTS if (text := invariant(graph))), None)
    if broken:
        raise BadModel(f"The model is inconsistent: {broken}.")


def verify_pass(graph: Graph, *, after: str) -> None:
    """Raise BrokenPass when the pass named `after` has left a graph that cannot be right."""
    broken = next((text for invariant in KEPT if (text := invariant(graph))), None)
    if broken:
        raise BrokenPass(
            f"The compiler went wrong in {after}: {broken.rstrip('.')}. "
            "This is a fault of the compiler, not of the model; please report it."
        )
