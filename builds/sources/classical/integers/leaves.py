"""Leaves as integers, and what becomes of their sums.

A leaf is so many steps of one scale for the whole model. Probabilities take 8 bits a number where
that costs no more than half a step of the result (1/256) and 16 otherwise; values take 16. Sums are
exact; only leaves, the base and the result are rounded.
"""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from builds.compiler.arithmetic.multiplier import quantize_multiplier
from builds.compiler.operators.reductions.classical.trees import SumsEnd
from builds.sources.classical.ensemble import Ensemble, FeatureType, Gives
from fleet.lib.errors import Refused

PROBABILITIES: Final = FeatureType("int8", 1.0 / 256, -128)
BYTE: Final = 255
WORD: Final = 65535
SIGNED: Final = 32767
SUM_MAX: Final = 1 << 30
FRACTION_MAX: Final = 24
Integers = NDArray[np.int64]


@dataclass(frozen=True)
class SteppedLeaves:
    """Distinct rows of leaves, which of them each old row is, and the rest of the arithmetic."""

    rows: Integers
    renamed: list[int]
    base: Integers
    link: tuple[int, int, int]
    output: FeatureType
    scale: float  # of a leaf


def stepped_leaves(model: Ensemble) -> SteppedLeaves:
    """Choose a scale, and round. Raises Refused for numbers that no sum of 30 bits holds."""
    match model.gives:
        case Gives.SOFTMAX:
            scale, link, output = _softmax(model)
        case Gives.PROBABILITIES:
            scale, link, output = _probabilities(model)
        case Gives.VALUES:
            scale, link, output = _values(model)
    rounded = np.rint(model.leaves / scale).astype(np.int64)
    rows, renamed = np.unique(rounded, axis=0, return_inverse=True)
    base = np.rint(model.base / scale).astype(np.int64)
    if int(np.abs(rows).max()) * len(model.roots) + int(np.abs(base).max()) >= SUM_MAX:
        raise Refused("The leaves of the trees lie too far apart for sums of 30 bits.")
    return SteppedLeaves(rows, renamed.reshape(-1).tolist(), base, link, output, scale)


def _bound(model: Ensemble) -> float:
    """A number that no sum passes."""
    each = float(np.abs(model.leaves).max()) * len(model.roots)
    return float(np.abs(model.base).max()) + each


def _softmax(model: Ensemble) -> tuple[float, tuple[int, int, int], FeatureType]:
    """A scale that is a power of two, so that a difference of sums is shifted, not multiplied."""
    fraction = FRACTION_MAX
    largest, bound = float(np.abs(model.leaves).max()), _bound(model)
    while fraction and (
        largest * (1 << fraction) > SIGNED or bound * (1 << fraction) > SUM_MAX / 2
    ):
        fraction -= 1
    return 1.0 / (1 << fraction), (int(SumsEnd.SOFTMAX), fraction, 0), PROBABILITIES


def _probabilities(model: Ensemble) -> tuple[float, tuple[int, int, int], FeatureType]:
    largest = float(np.abs(model.leaves).max()) or 1.0
    signed = bool(np.any(model.leaves < 0))
    enough = largest * len(model.roots) / (2 * BYTE) <= PROBABILITIES.scale * 0.51
    steps = BYTE if enough and not signed and largest / BYTE < PROBABILITIES.scale else WORD
    return _scaled(largest / (SIGNED if signed else steps), PROBABILITIES)


def _values(model: Ensemble) -> tuple[float, tuple[int, int, int], FeatureType]:
    bound = _bound(model) or 1.0
    scale = max(float(np.abs(model.leaves).max()) / SIGNED, bound / (SUM_MAX / 4))
    return _scaled(scale, FeatureType("int16", float(np.float32(bound / (SIGNED - 1)))))


def _scaled(scale: float, output: FeatureType) -> tuple[float, tuple[int, int, int], FeatureType]:
    by = quantize_multiplier(scale / output.scale)
    if by.shift > 0:
        raise Refused("The leaves of the trees are coarser than their result.")
    return scale, (int(SumsEnd.SCALED), by.value, max(by.shift, -30)), output


def figures(found: SteppedLeaves) -> dict[str, Any]:
    """What people are told of it."""
    return {"leaf_scale": found.scale, "leaf_rows": len(found.rows)}
