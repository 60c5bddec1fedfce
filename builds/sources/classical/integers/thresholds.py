"""Thresholds in the steps in which features travel, and trees without what is asked in vain.

Guarantees: a comparison of steps is the comparison of the real numbers that they stand for, for
every value that can travel: `scale * (q - zero) <= t` holds just where `q <= floor(t / scale) +
zero`, and the quotient is worked out exactly. A question that every value answers alike is left
out, and so is one with two equal ends; equal subtrees are kept once.
"""

from fractions import Fraction
from math import ceil, floor

import numpy as np

from builds.recipes.quantize.rounding import LIMITS
from builds.sources.classical.ensemble import Ensemble, FeatureType

Node = tuple[int, float, int, int]  # feature, threshold, children


def stepped(model: Ensemble, given: FeatureType, rows: list[int]) -> tuple[list[Node], list[int]]:
    """The nodes that are left, children first, and each tree's root; `rows` renames leaves."""
    kept: dict[Node, int] = {}
    places: list[int] = []

    def place(child: int) -> int:
        return places[child] if child >= 0 else ~rows[~child]

    questions = zip(
        model.feature.tolist(), model.threshold.tolist(), model.strict.tolist(), strict=True
    )
    for (feature, real, strict), (left, right) in zip(
        questions, model.children.tolist(), strict=True
    ):
        level, ends = _level(real, given, strict=strict), (place(left), place(right))
        low, high = LIMITS.get(given.dtype, (-np.inf, np.inf))
        if ends[0] == ends[1] or level >= high:
            places.append(ends[0])
        elif level < low:
            places.append(ends[1])
        else:
            places.append(kept.setdefault((feature, level, *ends), len(kept)))
    return list(kept), [place(root) for root in model.roots.tolist()]


def _level(real: float, given: FeatureType, *, strict: bool) -> float:
    """The largest value that goes left."""
    if given.dtype == "float32":
        return _largest_float(real, strict=strict)
    exact = Fraction(real) / Fraction(given.scale)
    return (ceil(exact) - 1 if strict else floor(exact)) + given.zero_point


def _largest_float(real: float, *, strict: bool) -> float:
    """The largest float32 that is not above a number, or, strictly, below it."""
    near = np.float32(real)
    if float(near) > real or (strict and float(near) == real):
        near = np.nextafter(near, np.float32(-np.inf))
    least = -np.finfo(np.float32).max
    return float(max(near, least)) + 0.0
