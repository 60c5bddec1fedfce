"""What brings a model's state to its start: the lines of `ef_init`."""

from builds.compiler.graph import Graph, Tensor
from builds.compiler.operators.common.learned_value import learned
from builds.compiler.operators.memory.variable import start_of
from builds.compiler.plan.plan import MemoryPlan


def initialiser_lines(graph: Graph, plan: MemoryPlan) -> tuple[str, ...]:
    """Print one line for each variable.

    What the model says; else the zero point for int8, and zero for the rest, as TFLM does.
    """
    return tuple(
        line
        for tensor in graph.tensors
        if tensor.variable and tensor.index in plan.offsets
        for line in _lines(tensor, plan.offsets[tensor.index])
    )


def _lines(tensor: Tensor, at: int) -> list[str]:
    starts = start_of(tensor)
    if not starts:
        return [f"ef_reset({at}, {tensor.size_bytes}, {learned(_first_byte(tensor))});"]
    return [
        f"ef_copy({start.name}, ef_at<{start.ctype}>({at}), {tensor.elements});" for start in starts
    ]


def _first_byte(tensor: Tensor) -> int:
    if tensor.initial is not None:
        return tensor.initial[0]
    return tensor.zero_point if tensor.dtype == "int8" else 0
