"""EDGEFLEET_TREES: a decision tree, a forest or boosted trees, exact in integers.

Operands: a row of features; of every node its feature, its threshold and its two children; of every
tree its root and the first output that it adds to; rows of leaves; where the sums begin; and what
becomes of the sums. A child below 0 is a row of leaves, `~child`; any other is a node before its
parent, so there are no cycles. A sample goes to the first child where `feature <= threshold`.

Features of float32 are compared as integers: in the order of their bits, which is theirs.
"""

from collections.abc import Iterator, Mapping
from enum import IntEnum
from typing import Final

import numpy as np

from builds.compiler.graph import Graph, Op, Tensor
from builds.compiler.operators.common import naming
from builds.compiler.operators.common.blocks import CTYPES
from builds.compiler.operators.common.checks import result
from builds.compiler.operators.common.learned_value import learned
from builds.compiler.operators.common.lowered_op import Array, Context, LoweredOp, constant
from builds.compiler.operators.opdef import OpDef
from builds.compiler.operators.reductions.classical.branches import branch_lines, branches_pay
from builds.compiler.operators.reductions.classical.tables import (
    OUTPUTS_MAX,
    Integers,
    integers,
    is_computed_row,
    is_row,
    named,
    narrow,
)

NAMES: Final = (
    "x", "features", "thresholds", "children", "roots", "targets", "leaves", "base", "link",
)  # fmt: skip
DEPTH_MAX: Final = 128
_SUM_BITS: Final = 30  # that a sum may have, so that rounding never passes 31
_FRACTION_MAX: Final = 24  # bits of a sum that goes into a softmax
_PROBABILITIES: Final = (1.0 / 256, -128)
_PARAMETERS: Final = 3


class SumsEnd(IntEnum):
    """What becomes of the sums."""

    SCALED = 0  # times a multiplier and a power of two, as any result
    SOFTMAX = 1  # of sums with so many fraction bits


def nine_operands(op: Op, graph: Graph) -> bool:
    """There must be nine inputs and one output, all but the first constant integers."""
    found = named(op, graph, NAMES)
    if not found or len(op.outputs) != 1:
        return False
    wholes = [tensor for name, tensor in found.items() if name not in ("x", "thresholds")]
    constants = all(tensor.data is not None for name, tensor in found.items() if name != "x")
    return constants and all(tensor.dtype == "int32" for tensor in wholes)


def features_are_a_row(op: Op, graph: Graph) -> bool:
    """The first input must be one computed row of int8, int16 or float32, as its thresholds are."""
    x, thresholds = (named(op, graph, NAMES)[name] for name in ("x", "thresholds"))
    known = x.dtype in ("int8", "int16", "float32") and x.dtype == thresholds.dtype
    one_scale = len(x.scales) == 1 or x.dtype == "float32"
    return known and one_scale and is_computed_row(x)


def tables_fit(op: Op, graph: Graph) -> bool:
    """Features, thresholds and children must be as many as nodes, targets as many as roots."""
    found = named(op, graph, NAMES)
    nodes, trees = found["features"].elements, found["roots"].elements
    leaves, base = found["leaves"], found["base"]
    whole = (found["children"].shape, found["thresholds"].elements) == ((nodes, 2), nodes)
    rows = len(leaves.shape) == 2 and 0 < leaves.shape[1] <= base.elements <= OUTPUTS_MAX
    return whole and rows and found["targets"].elements == trees


def nodes_are_ordered(op: Op, graph: Graph) -> bool:
    """Each child must be a node before its parent or a row of leaves; trees have 128 levels."""
    found = named(op, graph, NAMES)
    children, roots = integers(found["children"]), integers(found["roots"]).reshape(-1)
    rows = found["leaves"].shape[0]
    places = np.arange(len(children))[:, None]
    inside = bool(np.all((children < places) & (children >= -rows)))
    rooted = bool(np.all((roots < len(children)) & (roots >= -rows)))
    return inside and rooted and max(depths(children)) <= DEPTH_MAX


def depths(children: Integers) -> list[int]:
    """Give how many questions are asked at most below each node."""
    found: list[int] = []
    for left, right in children.tolist():
        below = [found[child] for child in (left, right) if child >= 0]
        found.append(1 + max(below, default=0))
    return found


def features_are_inside(op: Op, graph: Graph) -> bool:
    """Each node must ask for a feature of the row, with a threshold that is a number."""
    found = named(op, graph, NAMES)
    asked, width = integers(found["features"]), found["x"].elements
    inside = bool(np.all((asked >= 0) & (asked < width)))
    return inside and bool(np.all(np.isfinite(found["thresholds"].array())))


def sums_fit(op: Op, graph: Graph) -> bool:
    """Targets must lie among the outputs, and no sum may pass 30 bits."""
    found = named(op, graph, NAMES)
    targets, width = integers(found["targets"]).reshape(-1), found["leaves"].shape[1]
    last = found["base"].elements - width
    if not bool(np.all((targets >= 0) & (targets <= last))):
        return False
    largest = int(np.abs(integers(found["leaves"])).max()) * len(targets)
    return largest + int(np.abs(integers(found["base"])).max()) < 1 << _SUM_BITS


def result_is_known(op: Op, graph: Graph) -> bool:
    """The result must be a row of int8 or int16 with one scale; a softmax gives int8 of 1/256."""
    found, target = named(op, graph, NAMES), result(op, graph)
    link = integers(found["link"]).reshape(-1)
    if target.dtype not in ("int8", "int16") or len(target.scales) != 1 or not is_row(target):
        return False
    if len(link) != _PARAMETERS or target.elements != found["base"].elements:
        return False
    kind, first, second = (int(value) for value in link)
    if kind == SumsEnd.SOFTMAX:
        near = (target.dtype, target.scale, target.zero_point) == ("int8", *_PROBABILITIES)
        return near and target.elements > 1 and 0 <= first <= _FRACTION_MAX
    return kind == SumsEnd.SCALED and first >= 0 and -30 <= second <= 0


def lower_trees(op: Op, context: Context) -> LoweredOp:
    """Print small trees as branches and others as tables, whichever takes less flash."""
    found = named(op, context.graph, NAMES)
    x, target = found["x"], context.output(op)
    name = naming.function_name(op, context.graph)
    outputs, ordered = target.elements, x.dtype == "float32"
    arrays = dict(_arrays(name, found))
    asked = not context.apart and branches_pay(found, arrays, context.flavour)
    sums = "ef_at<int32_t>($scratch)"
    given = f"ef_at<int32_t>($scratch + {4 * outputs})" if ordered else "$in0"
    lines = [f"int32_t *const sums = {sums};"]
    if ordered:
        lines.append(f"ef_order($in0, {given}, {x.elements});")
    lines.append(f"ef_begin({arrays['base'].name}, sums, {outputs});")
    if asked:
        ctype = "int32_t" if ordered else CTYPES[x.dtype]
        lines += [
            f"[[maybe_unused]] const {ctype} *const x = {given};",
            *branch_lines(found, arrays),
        ]
        kept: tuple[str, ...] = ("base", "leaves")
    else:
        lines.append(_walk(found, arrays, given))
        kept = tuple(arrays)
    lines.append(_finish(integers(found["link"]).reshape(-1), target))
    return LoweredOp(
        op,
        name,
        (x.index,),
        op.outputs,
        body=tuple(lines),
        runtime=_headers(found, branches=asked),
        arrays=tuple(arrays[key] for key in kept),
        scratch_bytes=4 * (outputs + (x.elements if ordered else 0)),
    )


def _arrays(name: str, found: Mapping[str, Tensor]) -> Iterator[tuple[str, Array]]:
    yield "features", narrow(f"{name}_features", integers(found["features"]), unsigned=True)
    thresholds = found["thresholds"]
    if thresholds.dtype == "float32":
        yield "thresholds", constant(f"{name}_thresholds", "int32_t", ordered_bits(thresholds))
    else:
        yield (
            "thresholds",
            constant(
                f"{name}_thresholds", CTYPES[thresholds.dtype], thresholds.array().reshape(-1)
            ),
        )
    for key in ("children", "roots", "leaves", "base"):
        yield key, narrow(f"{name}_{key}", integers(found[key]), unsigned=key == "leaves")
    if not _is_whole(found):
        yield "targets", narrow(f"{name}_targets", integers(found["targets"]), unsigned=True)


def ordered_bits(tensor: Tensor) -> Integers:
    """Give numbers of float32 as integers in the same order; both zeros are 0."""
    bits = (tensor.array().astype(np.float32) + np.float32(0)).view(np.int32).astype(np.int64)
    return np.where(bits < 0, bits ^ 0x7FFFFFFF, bits).reshape(-1)


def _is_whole(found: Mapping[str, Tensor]) -> bool:
    """Whether each leaf has a number for every output."""
    return found["leaves"].shape[1] == found["base"].elements


def _walk(found: Mapping[str, Tensor], arrays: Mapping[str, Array], given: str) -> str:
    tables = ", ".join(arrays[key].name for key in ("features", "thresholds", "children"))
    ends = ", ".join(arrays[key].name for key in ("roots", "leaves"))
    targets = "" if _is_whole(found) else f", {arrays['targets'].name}"
    trees, width = found["roots"].elements, found["leaves"].shape[1]
    call = "ef_trees" if _is_whole(found) else "ef_trees_each"
    return f"{call}({tables}, {ends}{targets}, {given}, sums, {trees}, {width});"


def _finish(link: Integers, target: Tensor) -> str:
    kind, first, second = (int(value) for value in link)
    if kind == SumsEnd.SOFTMAX:
        return f"ef_sums_softmax(sums, $out0, {target.elements}, {learned(first)});"
    numbers = ", ".join(map(learned, (first, second, target.zero_point)))
    return f"ef_sums_scaled(sums, $out0, {target.elements}, {numbers});"


def _headers(found: Mapping[str, Tensor], *, branches: bool) -> tuple[str, ...]:
    softmax = int(integers(found["link"]).reshape(-1)[0]) == SumsEnd.SOFTMAX
    ends = ("exponential", "exponential_terms", "softmax_sums")
    return (
        *(("order",) if found["x"].dtype == "float32" else ()),
        "ensemble",
        *(() if branches else ("trees",)),
        *(ends if softmax else ("scaled_sums",)),
    )


OPDEFS: Final = (
    OpDef(
        "EDGEFLEET_TREES",
        constraints=(
            nine_operands,
            features_are_a_row,
            tables_fit,
            nodes_are_ordered,
            features_are_inside,
            sums_fit,
            result_is_known,
        ),
        lower=lower_trees,
        headers=(
            "ensemble",
            "scaled_sums",
            "softmax_sums",
            "exponential_terms",
            "order",
            "trees",
        ),
        resolver=None,
        note=(
            "TFLM has none: decision trees, forests and boosted trees, which `builds.sources` "
            "writes. Proved against an evaluator in plain Python."
        ),
    ),
)
