"""Arithmetic on shapes is done at compile time: every shape is known.

Guarantees: only int32 and bool values of a few elements are worked out, and only when the result
has the shape and range that the file says; anything else stays, for the checks to judge.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Final

import numpy as np
import numpy.typing as npt

from builds.compiler.graph import ABSENT, Graph, Op, Tensor
from builds.compiler.read.follow_shapes import follow_shape

_KINDS = {"int32": "<i4", "bool": "?"}  # of values that are worked out
_ELEMENTS = 64  # of a value that is worked out
_INT32 = np.iinfo(np.int32)
Values = npt.NDArray[np.int64]
Rule = Callable[[Op, Sequence[Values]], Values | None]


def fold_shapes(graph: Graph) -> Graph:
    """Replace operators on shapes by their results."""
    tensors = list(graph.tensors)
    changed: set[int] = set()
    kept = [op for op in graph.ops if not fold_op(op, tensors, changed)]
    outputs = tuple(tensors[t.index] for t in graph.outputs)
    return replace(graph, ops=tuple(kept), tensors=tuple(tensors), outputs=outputs)


def fold_op(op: Op, tensors: list[Tensor], changed: set[int]) -> bool:
    """Work out one operator, if that can be done, and write its result into `tensors`."""
    follow_shape(op, tensors, changed)
    result = _worked_out(op, tensors)
    if result is None:
        return False
    at = op.outputs[0]
    kind = _KINDS[tensors[at].dtype]
    tensors[at] = replace(tensors[at], data=result.astype(kind).tobytes())
    return True


def _worked_out(op: Op, tensors: Sequence[Tensor]) -> Values | None:
    if len(op.outputs) != 1 or not op.inputs or ABSENT in op.inputs:
        return None
    target, inputs = tensors[op.outputs[0]], [tensors[i] for i in op.inputs]
    if target.dtype not in _KINDS or target.data is not None or target.elements > _ELEMENTS:
        return None
    result = _result(op, inputs)
    if result is None or result.size != target.elements:
        return None
    inside = bool((result >= _INT32.min).all() and (result <= _INT32.max).all())
    return result.reshape(-1) if inside else None


def _result(op: Op, inputs: Sequence[Tensor]) -> Values | None:
    if op.kind == "SHAPE":
        return np.asarray(inputs[0].shape, np.int64)
    rule = _RULES.get(op.kind)
    small = all(t.data and t.dtype in _KINDS and t.elements <= _ELEMENTS for t in inputs)
    if rule is None or not small:
        return None
    return rule(op, [t.array().astype(np.int64) for t in inputs])


def _joined(op: Op, values: Sequence[Values]) -> Values | None:
    flat = all(v.ndim <= 1 for v in values)
    return np.concatenate([v.reshape(-1) for v in values]) if flat else None


def _sliced(op: Op, values: Sequence[Values]) -> Values | None:
    masks = [op.option(m) for m in ("begin_mask", "end_mask", "ellipsis_mask", "new_axis_mask")]
    if len(values) != 4 or values[0].ndim != 1 or any(v.size != 1 for v in values[1:]):
        return None
    begin, end, step = (int(v.reshape(-1)[0]) for v in values[1:])
    if masks[2] or masks[3] or step < 1 or not -values[0].size <= begin < values[0].size:
        return None
    if op.option("shrink_axis_mask"):
        return values[0][begin : begin + 1] if begin >= 0 else values[0][begin:][:1]
    return values[0][None if masks[0] else begin : None if masks[1] else end : step]


def _gathered(op: Op, values: Sequence[Values]) -> Values | None:
    if len(values) != 2 or values[0].ndim != 1 or op.option("batch_dims"):
        return None
    inside = bool(((values[1] >= 0) & (values[1] < values[0].size)).all())
    return values[0][values[1].reshape(-1)] if inside else None


def _same(op: Op, values: Sequence[Values]) -> Values | None:
    return values[0]


def _product(op: Op, values: Sequence[Values]) -> Values | None:
    bits = sum(int(abs(int(v))).bit_length() for v in values[0].reshape(-1))
    return np.asarray([np.prod(values[0])]) if values[0].ndim == 1 and bits < 63 else None


def _pairwise(combine: Callable[[Values, Values], Values]) -> Rule:
    def rule(op: Op, values: Sequence[Values]) -> Values | None:
        if len(values) != 2 or op.options.get("activation", 0):
            return None
        fits = values[0].size == values[1].size or 1 in (values[0].size, values[1].size)
        return combine(values[0].reshape(-1), values[1].reshape(-1)) if fits else None

    return rule


_RULES: Final[Mapping[str, Rule]] = {
    "ADD": _pairwise(np.add),
    "CONCATENATION": _joined,
    "EQUAL": _pairwise(np.equal),
    "EXPAND_DIMS": _same,
    "GATHER": _gathered,
    "GREATER": _pairwise(np.greater),
    "GREATER_EQUAL": _pairwise(np.greater_equal),
    "LESS": _pairwise(np.less),
    "LESS_EQUAL": _pairwise(np.less_equal),
    "LOGICAL_AND": _pairwise(np.logical_and),
    "LOGICAL_OR": _pairwise(np.logical_or),
    "MUL": _pairwise(np.multiply),
    "NOT_EQUAL": _pairwise(np.not_equal),
    "PACK": _joined,
    "REDUCE_PROD": _product,
    "RESHAPE": _same,
    "SQUEEZE": _same,
    "STRIDED_SLICE": _sliced,
    "SUB": _pairwise(np.subtract),
}
