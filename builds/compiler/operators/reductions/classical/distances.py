"""EDGEFLEET_DISTANCES: how far a row lies from the nearest of some centres, exact in integers.

Operands: a row of features; centres, with so many more fraction bits than the row; a weight for
each number of a centre; what is added to each centre's sum; and what becomes of the least sum. That
is the anomaly score of k-means, as a root, and of Gaussian mixtures, as it is.
"""

from enum import IntEnum
from typing import Final

import numpy as np

from builds.compiler.arithmetic.multiplier import RANGES
from builds.compiler.graph import Graph, Op
from builds.compiler.operators.common import naming
from builds.compiler.operators.common.checks import result
from builds.compiler.operators.common.learned_value import learned
from builds.compiler.operators.common.lowered_op import Context, LoweredOp, constant
from builds.compiler.operators.opdef import OpDef
from builds.compiler.operators.reductions.classical.tables import (
    integers,
    is_computed_row,
    named,
    narrow,
)

NAMES: Final = ("x", "centres", "weights", "offsets", "link")
CENTRES_MAX: Final = 1024
_WEIGHT_MAX: Final = 32767
_SUM_BITS: Final = 62
_FINER_MAX: Final = 8
_PARAMETERS: Final = 5


class Score(IntEnum):
    """What becomes of the least sum."""

    SUM = 0  # cut by a power of two, then scaled
    ROOT = 1  # scaled


def five_operands(op: Op, graph: Graph) -> bool:
    """There must be five inputs and one output, all but the first constant integers."""
    found = named(op, graph, NAMES)
    if not found or len(op.outputs) != 1:
        return False
    wanted = {"centres": "int32", "weights": "int32", "offsets": "int64", "link": "int32"}
    return all((found[n].dtype, found[n].data is None) == (t, False) for n, t in wanted.items())


def row_is_quantised(op: Op, graph: Graph) -> bool:
    """The first input must be one computed row of int8 or int16 with one scale."""
    x = named(op, graph, NAMES)["x"]
    return x.dtype in ("int8", "int16") and len(x.scales) == 1 and is_computed_row(x)


def centres_fit(op: Op, graph: Graph) -> bool:
    """Centres and weights must have the row's width, offsets one number a centre, at most 1024."""
    found = named(op, graph, NAMES)
    shape = (found["offsets"].elements, found["x"].elements)
    same = found["centres"].shape == found["weights"].shape == shape
    return same and shape[0] <= CENTRES_MAX


def sums_are_bounded(op: Op, graph: Graph) -> bool:
    """Centres must lie in 16 bits, weights in 15, and no sum may pass 62 bits."""
    found = named(op, graph, NAMES)
    link = integers(found["link"]).reshape(-1)
    if len(link) != _PARAMETERS or not 0 <= link[4] <= _FINER_MAX:
        return False
    centres, weights = integers(found["centres"]), integers(found["weights"])
    low, high = (end << int(link[4]) for end in RANGES[found["x"].dtype])
    narrow_enough = low >= -32768 and high <= 32767
    held = bool(np.all((centres >= low) & (centres <= high)))
    weighted = bool(np.all((weights >= 0) & (weights <= _WEIGHT_MAX)))
    if not (narrow_enough and held and weighted):
        return False
    far = np.maximum(centres - low, high - centres).astype(object)
    sums = (weights.astype(object) * far * far).sum(axis=1)
    offsets = integers(found["offsets"]).reshape(-1).tolist()
    return all(int(s) + abs(o) < 1 << _SUM_BITS for s, o in zip(sums, offsets, strict=True))


def score_is_known(op: Op, graph: Graph) -> bool:
    """The result must be one number of int8 or int16 with a scale; a root is of no negative sum."""
    found, target = named(op, graph, NAMES), result(op, graph)
    kind, multiplier, shift, cut, _ = integers(found["link"]).reshape(-1).tolist()
    scaled = multiplier >= 0 and -30 <= shift <= 0 and 0 <= cut <= _SUM_BITS
    rooted = kind == Score.SUM or bool(np.all(integers(found["offsets"]) >= 0))
    one = target.dtype in ("int8", "int16") and len(target.scales) == 1 and target.elements == 1
    return kind in tuple(Score) and scaled and rooted and one


def lower_distances(op: Op, context: Context) -> LoweredOp:
    """Compare with every centre."""
    found = named(op, context.graph, NAMES)
    target, x = context.output(op), found["x"]
    name = naming.function_name(op, context.graph)
    kind, multiplier, shift, cut, finer = integers(found["link"]).reshape(-1).tolist()
    arrays = (
        narrow(f"{name}_centres", integers(found["centres"])),
        narrow(f"{name}_weights", integers(found["weights"])),
        constant(f"{name}_offsets", "int64_t", integers(found["offsets"]).reshape(-1)),
    )
    sizes = f"{found['offsets'].elements}, {x.elements}, {finer}"
    tables = ", ".join(array.name for array in arrays)
    value = "ef_root(least)" if kind == Score.ROOT else f"least >> {cut}"
    numbers = ", ".join(map(learned, (multiplier, shift, target.zero_point)))
    return LoweredOp(
        op,
        name,
        (x.index,),
        op.outputs,
        body=(
            f"const int64_t least = ef_least({tables}, $in0, {sizes});",
            f"ef_score(ef_bounded({value}), $out0, {numbers});",
        ),
        runtime=("distances",),
        arrays=arrays,
    )


OPDEFS: Final = (
    OpDef(
        "EDGEFLEET_DISTANCES",
        constraints=(
            five_operands,
            row_is_quantised,
            centres_fit,
            sums_are_bounded,
            score_is_known,
        ),
        lower=lower_distances,
        headers=("distances",),
        resolver=None,
        note=(
            "TFLM has none: anomaly scores by k-means and Gaussian mixtures, which "
            "`builds.sources` writes. Proved against an evaluator in plain Python."
        ),
    ),
)
