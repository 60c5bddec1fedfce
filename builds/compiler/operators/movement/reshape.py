"""RESHAPE, SQUEEZE and EXPAND_DIMS: another name for the same bytes, which a pass removes."""

from collections.abc import Sequence
from math import prod
from typing import Final

from builds.compiler.graph import ABSENT, Graph, Op, Tensor
from builds.compiler.operators.common.checks import first, result
from builds.compiler.operators.opdef import OpDef
from builds.compiler.operators.shapes import Shape, Shapes


def one_or_two_inputs(op: Op, graph: Graph) -> bool:
    """There must be one or two inputs and one output."""
    return len(op.inputs) in (1, 2) and len(op.outputs) == 1 and ABSENT not in op.inputs


def elements_are_kept(op: Op, graph: Graph) -> bool:
    """Input and output must have the same number of elements and the same type."""
    a, b = first(op, graph), result(op, graph)
    return a.elements == b.elements and a.dtype == b.dtype


def _reshaped(op: Op, inputs: Sequence[Tensor]) -> Shape | None:
    if len(inputs) != 2 or inputs[1].data is None or inputs[1].dtype != "int32":
        return None
    sizes = [int(v) for v in inputs[1].array().reshape(-1)]
    known = prod(s for s in sizes if s != -1)
    if sizes.count(-1) == 1 and known > 0 and inputs[0].elements % known == 0:
        sizes[sizes.index(-1)] = inputs[0].elements // known
    return tuple(sizes) if min(sizes, default=1) > 0 and prod(sizes) == inputs[0].elements else None


def _expanded(op: Op, inputs: Sequence[Tensor]) -> Shape | None:
    if len(inputs) != 2 or inputs[1].data is None or inputs[1].dtype != "int32":
        return None
    shape, axis = inputs[0].shape, int(inputs[1].array().reshape(-1)[0])
    rank = len(shape) + 1
    at = axis % rank
    return (*shape[:at], 1, *shape[at:]) if -rank <= axis < rank else None


_SHAPE: Final = (one_or_two_inputs, elements_are_kept)
OPDEFS: Final = (
    OpDef("RESHAPE", constraints=_SHAPE, lower=None, shape=Shapes(opened=_reshaped)),
    OpDef("SQUEEZE", constraints=_SHAPE, lower=None),
    OpDef("EXPAND_DIMS", constraints=_SHAPE, lower=None, shape=Shapes(opened=_expanded)),
)
