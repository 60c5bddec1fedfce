"""Two operands: sums, products, extremes, comparisons, choices."""

from collections.abc import Callable, Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray

from builds.verify.plausible.case import Case, Evaluate, Expected, Reals
from builds.verify.plausible.operators.linear import rescaling

_SHIFTS = {"int8": 20, "int16": 15}  # bits to the left of operands that are added
_SQUARED_SHIFT = 7
_COMPARED = 2.0**-7  # two operands, each rounded at 8 fraction bits
_INTEGERS = ("int32", "int64")
Whole = NDArray[np.int64]


def add(case: Case) -> tuple[Expected, ...]:
    """ADD."""
    return _added(case, 1.0)


def subtract(case: Case) -> tuple[Expected, ...]:
    """SUB."""
    return _added(case, -1.0)


def _added(case: Case, sign: float) -> tuple[Expected, ...]:
    if case.target().dtype in _INTEGERS:
        return _exact(case, lambda a, b: a + int(sign) * b)
    a, b = case.real(0), case.real(1)
    values = a + sign * b
    shift = _SHIFTS.get(case.target().dtype)
    if shift is None:
        return (Expected(case.clipped(values), slack=2.0**-23 * (np.abs(a) + np.abs(b))),)
    coarse = 2 * max(case.scale(0), case.scale(1)) * 2.0**-shift
    return (Expected(case.clipped(values), steps=0.5, slack=2 * coarse),)


def _exact(case: Case, of: Callable[[Whole, Whole], Whole]) -> tuple[Expected, ...]:
    """Sums and products of integers without a scale keep their lowest 32 bits."""
    a, b = (np.asarray(case.raw(n)).astype(np.int64) for n in (0, 1))
    return (Expected(of(a, b).astype(np.int32).astype(np.float64)),)


def multiply(case: Case) -> tuple[Expected, ...]:
    """MUL."""
    if case.target().dtype in _INTEGERS:
        return _exact(case, lambda a, b: a * b)
    scales = np.asarray(case.scale(0) * case.scale(1))
    values = case.centred(0) * case.centred(1) * scales
    return (Expected(case.clipped(values), steps=rescaling(scales, case.target().scale)),)


def divide(case: Case) -> tuple[Expected, ...]:
    """DIV; where the divisor is 0 nothing is said."""
    a, b = case.real(0), case.real(1)
    with np.errstate(divide="ignore", invalid="ignore"):
        values = np.where(b == 0, np.nan, a / b)
    return (Expected(case.clipped(values), steps=0.5),)


def square_of_difference(case: Case) -> tuple[Expected, ...]:
    """SQUARED_DIFFERENCE: operands of int8 are rounded at 7 bits below the larger scale."""
    if case.target().dtype in _INTEGERS:
        return _exact(case, lambda a, b: (a - b) * (a - b))
    difference = case.real(0) - case.real(1)
    coarse = 0.0
    if case.target().dtype == "int8":
        coarse = 4 * max(case.scale(0), case.scale(1)) * 2.0**-_SQUARED_SHIFT
    slack = 2 * np.abs(difference) * coarse + coarse * coarse
    return (Expected(case.clipped(difference * difference), steps=0.5, slack=slack),)


def added_up(case: Case) -> tuple[Expected, ...]:
    """ADD_N."""
    parts = [case.real(n) for n in range(len(case.op.inputs))]
    values = np.sum(parts, axis=0)
    slack = len(parts) * 2.0**-22 * np.sum(np.abs(parts), axis=0)
    coarse = len(parts) * 4 * case.scale(0) * 2.0 ** -_SHIFTS["int8"]
    return (Expected(values, steps=0.5, slack=slack + coarse),)


def floor_of_quotient(case: Case) -> tuple[Expected, ...]:
    """FLOOR_DIV."""
    with np.errstate(all="ignore"):
        return (Expected(np.floor(case.real(0) / case.real(1))),)


def floor_of_rest(case: Case) -> tuple[Expected, ...]:
    """FLOOR_MOD; the remainder is exact, and the divisor is added to it in single precision."""
    a, b = case.real(0), case.real(1)
    with np.errstate(all="ignore"):
        return (Expected(np.mod(a, b), slack=2.0**-22 * np.abs(b)),)


def larger(case: Case) -> tuple[Expected, ...]:
    """MAXIMUM."""
    return (Expected(np.maximum(case.moved(0), case.moved(1))),)


def lesser(case: Case) -> tuple[Expected, ...]:
    """MINIMUM."""
    return (Expected(np.minimum(case.moved(0), case.moved(1))),)


def slope_by_element(case: Case) -> tuple[Expected, ...]:
    """PRELU."""
    source, slopes = case.real(0), case.real(1)
    values = np.where(source >= 0, source, source * slopes)
    return (Expected(values, steps=0.5),)


def comparison(
    holds: Callable[[Reals, Reals], NDArray[np.bool_]],
) -> Callable[[Case], tuple[Expected, ...]]:
    """Compare; of quantised operands that nearly meet nothing is said."""

    def compared(case: Case) -> tuple[Expected, ...]:
        a, b = case.real(0), case.real(1)
        values = holds(a, b).astype(np.float64)
        if case.tensor(0).dtype == "int8":
            values = np.where(np.abs(a - b) <= _COMPARED, np.nan, values)
        return (Expected(values),)

    return compared


def both(case: Case) -> tuple[Expected, ...]:
    """LOGICAL_AND."""
    return (Expected(np.logical_and(case.raw(0), case.raw(1)).astype(np.float64)),)


def either(case: Case) -> tuple[Expected, ...]:
    """LOGICAL_OR."""
    return (Expected(np.logical_or(case.raw(0), case.raw(1)).astype(np.float64)),)


def choice(case: Case) -> tuple[Expected, ...]:
    """SELECT and SELECT_V2."""
    return (Expected(np.where(np.asarray(case.raw(0), bool), case.moved(1), case.moved(2))),)


EVALUATORS: Final[Mapping[str, Evaluate]] = {
    "ADD": add,
    "ADD_N": added_up,
    "DIV": divide,
    "FLOOR_DIV": floor_of_quotient,
    "FLOOR_MOD": floor_of_rest,
    "EQUAL": comparison(np.equal),
    "GREATER": comparison(np.greater),
    "GREATER_EQUAL": comparison(np.greater_equal),
    "LESS": comparison(np.less),
    "LESS_EQUAL": comparison(np.less_equal),
    "LOGICAL_AND": both,
    "LOGICAL_OR": either,
    "MAXIMUM": larger,
    "MINIMUM": lesser,
    "MUL": multiply,
    "NOT_EQUAL": comparison(np.not_equal),
    "PRELU": slope_by_element,
    "SELECT": choice,
    "SELECT_V2": choice,
    "SQUARED_DIFFERENCE": square_of_difference,
    "SUB": subtract,
}
