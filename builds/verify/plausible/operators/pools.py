"""Pools and reductions."""

from collections.abc import Mapping
from typing import Final

import numpy as np

from builds.verify.plausible.case import Case, Evaluate, Expected, Reals
from builds.verify.plausible.operators.linear import rescaling, windows


def _taps(case: Case) -> tuple[int, int]:
    return case.option("filter_h"), case.option("filter_w")


def average_pool(case: Case) -> tuple[Expected, ...]:
    """AVERAGE_POOL_2D: over the elements inside the image only."""
    image = case.real(0)
    total = sum(window for _, _, window in windows(case, image, _taps(case)))
    inside = sum(window for _, _, window in windows(case, np.ones_like(image), _taps(case)))
    slack = _rounded(case, image, float(np.prod(_taps(case))))
    found = case.clipped(np.asarray(total) / np.asarray(inside))
    return (Expected(found, steps=0.01, slack=slack),)


def _rounded(case: Case, values: Reals, terms: float) -> float:
    """Tell how far a sum of so many of these real numbers may be off, as a part of its terms."""
    if case.target().dtype != "float32":
        return 0.0
    return terms * 2.0**-23 * float(np.abs(values).max(initial=0.0))


def length(case: Case) -> tuple[Expected, ...]:
    """L2_POOL_2D: the root of the mean of squares."""
    squares = case.real(0) ** 2
    found = sum(window for _, _, window in windows(case, squares, _taps(case)))
    inside = sum(window for _, _, window in windows(case, np.ones_like(squares), _taps(case)))
    values = np.sqrt(np.asarray(found) / np.asarray(inside))
    return (Expected(case.clipped(values), slack=2.0**-18 * np.abs(values)),)


def max_pool(case: Case) -> tuple[Expected, ...]:
    """MAX_POOL_2D."""
    found = [window for _, _, window in windows(case, case.real(0), _taps(case), -np.inf)]
    return (Expected(case.clipped(np.max(found, axis=0))),)


def _axes(case: Case, rank: int) -> tuple[int, ...]:
    return tuple(sorted({axis % rank for axis in case.integers(1)}))


def _shaped(case: Case, values: Reals) -> Reals:
    return values.reshape(case.target().shape)


def mean(case: Case) -> tuple[Expected, ...]:
    """MEAN."""
    values = case.real(0)
    axes = _axes(case, values.ndim)
    found = _shaped(case, values.mean(axis=axes))
    slack = _rounded(case, values, values.size / max(found.size, 1))
    return (Expected(found, steps=_twice(case), slack=slack),)


def total(case: Case) -> tuple[Expected, ...]:
    """SUM."""
    values = case.real(0)
    found = _shaped(case, values.sum(axis=_axes(case, values.ndim)))
    terms = values.size / max(found.size, 1)
    slack = _rounded(case, values, terms * terms)
    return (Expected(found, steps=_twice(case), slack=slack),)


def _twice(case: Case) -> Reals:
    return rescaling(np.asarray(case.scale(0)), case.target().scale)


def largest(case: Case) -> tuple[Expected, ...]:
    """REDUCE_MAX, and REDUCE_ANY of truths."""
    values = case.moved(0)
    return (Expected(_shaped(case, values.max(axis=_axes(case, values.ndim)))),)


def smallest(case: Case) -> tuple[Expected, ...]:
    """REDUCE_MIN, and REDUCE_ALL of truths."""
    values = case.moved(0)
    return (Expected(_shaped(case, values.min(axis=_axes(case, values.ndim)))),)


def place_of_largest(case: Case) -> tuple[Expected, ...]:
    """ARG_MAX: the first of equals."""
    values = case.centred(0)
    found = np.argmax(values, axis=case.integers(1)[0])
    return (Expected(_shaped(case, found.astype(np.float64))),)


def place_of_smallest(case: Case) -> tuple[Expected, ...]:
    """ARG_MIN: the first of equals."""
    values = case.centred(0)
    found = np.argmin(values, axis=case.integers(1)[0])
    return (Expected(_shaped(case, found.astype(np.float64))),)


def running_sum(case: Case) -> tuple[Expected, ...]:
    """CUMSUM: each of the summands is rounded at 20 bits below the larger scale."""
    values, axis = case.real(0), case.integers(1)[0]
    values = np.flip(values, axis) if case.option("reverse") else values
    sums = np.cumsum(values, axis=axis)
    sums = sums - values if case.option("exclusive") else sums
    sums = np.flip(sums, axis) if case.option("reverse") else sums
    larger = max(case.scale(0), case.target().scale or 1.0)
    slack = values.shape[axis] * 4 * larger * 2.0**-20
    if case.target().dtype == "float32":
        slack = values.shape[axis] * 2.0**-22 * float(np.abs(values).sum(axis=axis).max(initial=0))
    return (Expected(sums, steps=0.5, slack=slack),)


EVALUATORS: Final[Mapping[str, Evaluate]] = {
    "ARG_MAX": place_of_largest,
    "ARG_MIN": place_of_smallest,
    "AVERAGE_POOL_2D": average_pool,
    "CUMSUM": running_sum,
    "L2_POOL_2D": length,
    "MAX_POOL_2D": max_pool,
    "MEAN": mean,
    "REDUCE_ALL": smallest,
    "REDUCE_ANY": largest,
    "REDUCE_MAX": largest,
    "REDUCE_MIN": smallest,
    "SUM": total,
}
