"""The shape of a result from the shapes of what goes in, for the operators that do arithmetic.

Operators that move elements have theirs checked by their constraints.
"""

from collections.abc import Callable, Mapping, Sequence
from math import prod
from typing import Final

from builds.compiler.graph import ABSENT, Graph, Op, Tensor
from builds.compiler.kernels.lowering.window import output_sizes
from builds.compiler.read.follow_shapes import ELEMENTWISE, broadcast

Shape = tuple[int, ...]
_AXIS_OF_FILTERS: Final = {"CONV_2D": 0, "DEPTHWISE_CONV_2D": 3}


def wrong_shape(op: Op, graph: Graph) -> str | None:
    """Say what is wrong with the shape of an operator's result; None when nothing is."""
    if len(op.outputs) != 1 or not op.inputs or ABSENT in op.inputs[:1]:
        return None
    target = graph.tensor(op.outputs[0])
    inputs = [graph.tensor(i) for i in op.inputs if i != ABSENT]
    rule = _RULES.get(op.kind)
    shape = rule(op, inputs, target) if rule else None
    if shape is None or (1,) * (len(target.shape) - len(shape)) + shape == target.shape:
        return None
    return (
        f"{op.label} makes {list(shape)} of {[list(t.shape) for t in inputs]}, "
        f"and its output has the shape {list(target.shape)}"
    )


def _filtered(op: Op, inputs: Sequence[Tensor], target: Tensor) -> Shape:
    source, weights = inputs[0], inputs[1]
    height, width = output_sizes(op, source.shape, weights.shape[1:3])
    return (source.shape[0], height, width, weights.shape[_AXIS_OF_FILTERS[op.kind]])


def _pooled(op: Op, inputs: Sequence[Tensor], target: Tensor) -> Shape:
    window = (op.option("filter_h"), op.option("filter_w"))
    height, width = output_sizes(op, inputs[0].shape, window)
    return (inputs[0].shape[0], height, width, inputs[0].shape[3])


def _dense(op: Op, inputs: Sequence[Tensor], target: Tensor) -> Shape:
    """Rows may lie in any number of dimensions, as long as there are as many."""
    filters, depth = inputs[1].shape
    rows = inputs[0].elements // depth
    return (*target.shape[:-1], filters) if prod(target.shape[:-1]) == rows else (rows, filters)


def _element_by_element(op: Op, inputs: Sequence[Tensor], target: Tensor) -> Shape:
    return broadcast([t.shape for t in inputs])


_RULES: Final[Mapping[str, Callable[[Op, Sequence[Tensor], Tensor], Shape]]] = {
    **dict.fromkeys(ELEMENTWISE, _element_by_element),
    **dict.fromkeys(_AXIS_OF_FILTERS, _filtered),
    "AVERAGE_POOL_2D": _pooled,
    "FULLY_CONNECTED": _dense,
    "MAX_POOL_2D": _pooled,
}
