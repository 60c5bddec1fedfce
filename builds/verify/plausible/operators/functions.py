"""Functions of one value, and of a row: what they are in double precision.

How far fixed-point arithmetic may be off is stated in steps of the output, each figure from TFLM's
own precision: a table of 256 lines for 16 bits, four fraction bits less in a product of 16 bits.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from math import erf
from typing import Final

import numpy as np

from builds.verify.plausible.case import Case, Evaluate, Expected, Reals
from builds.verify.plausible.operators.linear import rescaling

_HALF_STEP = 0.5  # of a first rounding before the last
_CURVE_STEPS = 4.0  # of int16: a sigmoid between 256 lines, and twice that for a hyperbolic tangent
_SWISH_STEPS = 2.0  # its last product is cut, not rounded
_TERM = 2.0**-19  # to which each term of a sum of exponentials is rounded
_WIDE_TERM = 2.0**-14  # of int16: an exponential between 513 lines, which end at exp(-10)
_WIDE_SOFTMAX_STEPS = 4.0  # of int16: a reciprocal between 513 lines
_CUT = 2.0**-25  # of a logistic below -9, for which TFLM has exp(x)
_REAL = 2.0**-20  # relative, of a function in single precision

Function = Callable[[Reals], Reals]


def function(of: Function, steps: float = _HALF_STEP) -> Callable[[Case], tuple[Expected, ...]]:
    """Apply a function to each element."""

    def applied(case: Case) -> tuple[Expected, ...]:
        with np.errstate(all="ignore"):
            values = np.asarray(of(case.real(0)), np.float64)
        slack = _REAL * np.abs(values) if case.target().dtype == "float32" else 0.0
        return (Expected(values, steps=steps, slack=slack),)

    return applied


def curve(of: Function) -> Callable[[Case], tuple[Expected, ...]]:
    """Apply LOGISTIC or TANH: of int16 between the lines of a table."""

    def applied(case: Case) -> tuple[Expected, ...]:
        steps = _CURVE_STEPS if case.target().dtype == "int16" else _HALF_STEP
        (found,) = function(of, steps)(case)
        return (replace(found, slack=np.asarray(found.slack) + _CUT),)

    return applied


def relu(case: Case) -> tuple[Expected, ...]:
    """RELU."""
    return _clamped(case, 0.0, np.inf)


def relu6(case: Case) -> tuple[Expected, ...]:
    """RELU6."""
    return _clamped(case, 0.0, 6.0)


def relu_n1_to_1(case: Case) -> tuple[Expected, ...]:
    """RELU_N1_TO_1."""
    return _clamped(case, -1.0, 1.0)


def _clamped(case: Case, low: float, high: float) -> tuple[Expected, ...]:
    steps = rescaling(np.asarray(case.scale(0)), case.target().scale)
    return (Expected(np.clip(case.real(0), low, high), steps=steps),)


def leaky_relu(case: Case) -> tuple[Expected, ...]:
    """LEAKY_RELU."""
    alpha = float(case.op.options.get("alpha", 0.0))
    return function(lambda x: np.where(x >= 0, x, alpha * x))(case)


def hard_swish(case: Case) -> tuple[Expected, ...]:
    """HARD_SWISH."""
    return function(lambda x: x * np.clip(x + 3, 0, 6) / 6, _SWISH_STEPS)(case)


def gelu(case: Case) -> tuple[Expected, ...]:
    """GELU, exact or by TANH."""
    if case.option("approximate"):
        return function(
            lambda x: x / 2 * (1 + np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x**3)))
        )(case)
    return function(lambda x: x * (1 + np.vectorize(erf, otypes=[float])(x / np.sqrt(2))) / 2)(case)


def logistic(x: Reals) -> Reals:
    """1 / (1 + exp(-x))."""
    with np.errstate(over="ignore"):
        return np.asarray(1 / (1 + np.exp(-x)))


def elu(x: Reals) -> Reals:
    """exp(x) - 1 below 0."""
    return np.where(x >= 0, x, np.expm1(np.minimum(x, 0)))


def round_to_even(x: Reals) -> Reals:
    """To the nearest integer, halves to the even one."""
    return np.asarray(np.rint(x))


def softmax(case: Case) -> tuple[Expected, ...]:
    """SOFTMAX over the last axis."""
    x = case.real(0) * float(case.op.options.get("beta", 1.0))
    powers = np.exp(x - x.max(axis=-1, keepdims=True))
    values = powers / powers.sum(axis=-1, keepdims=True)
    if case.tensor(0).dtype == "int16":
        slack = values * _WIDE_TERM * (x.shape[-1] + 2)
        return (Expected(values, steps=_WIDE_SOFTMAX_STEPS, slack=slack),)
    if case.target().dtype == "float32":
        return (Expected(values, slack=2.0**-18),)
    slack = values * _TERM * x.shape[-1] + 2.0**-22
    return (Expected(values, steps=_HALF_STEP, slack=slack),)


def log_softmax(case: Case) -> tuple[Expected, ...]:
    """LOG_SOFTMAX over the last axis."""
    x = case.real(0)
    shifted = x - x.max(axis=-1, keepdims=True)
    values = shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
    reach = 1 + np.abs(values) + np.abs(x)
    slack = 2.0**-18 * reach if case.target().dtype == "float32" else 0.0
    return (Expected(values, steps=_HALF_STEP, slack=slack),)


def l2_normalised(case: Case) -> tuple[Expected, ...]:
    """L2_NORMALIZATION over the last axis; of a row of zeros nothing is said."""
    x = case.real(0)
    length = np.sqrt((x * x).sum(axis=-1, keepdims=True))
    with np.errstate(all="ignore"):
        values = np.where(length == 0, np.nan, x / length)
    if case.target().dtype == "float32":  # a row shorter than a millionth counts as one of that
        values = np.where(length < 2e-6, np.nan, values)
        return (Expected(values, slack=2.0**-22 * x.shape[-1]),)
    return (Expected(values, steps=_HALF_STEP),)


def requantised(case: Case) -> tuple[Expected, ...]:
    """QUANTIZE, from real numbers or between scales."""
    return (Expected(case.real(0), steps=_HALF_STEP),)


def dequantised(case: Case) -> tuple[Expected, ...]:
    """DEQUANTIZE."""
    values = case.real(0)
    return (Expected(values, slack=2.0**-22 * np.abs(values)),)


def cast(case: Case) -> tuple[Expected, ...]:
    """CAST: of stored numbers, whatever their scale; between types that hold the same."""
    values, into = np.asarray(case.raw(0), np.float64), case.target().dtype
    if into == "bool":
        values = (values != 0).astype(np.float64)
    elif into != "float32":
        limits = np.iinfo(into)
        whole = np.trunc(values)
        values = np.where((whole < limits.min) | (whole > limits.max), np.nan, whole)
    if case.target().quantization is not None and case.target().dtype in ("int8", "int16"):
        target = case.target()
        values = (values - target.zero_point) * target.scale
    return (Expected(values, slack=2.0**-22 * np.abs(values)),)


EVALUATORS: Final[Mapping[str, Evaluate]] = {
    "ABS": function(np.abs),
    "CAST": cast,
    "CEIL": function(np.ceil),
    "COS": function(np.cos),
    "DEQUANTIZE": dequantised,
    "ELU": function(elu),
    "EXP": function(np.exp),
    "FLOOR": function(np.floor),
    "GELU": gelu,
    "HARD_SWISH": hard_swish,
    "L2_NORMALIZATION": l2_normalised,
    "LEAKY_RELU": leaky_relu,
    "LOG": function(np.log),
    "LOGICAL_NOT": function(np.logical_not),
    "LOGISTIC": curve(logistic),
    "LOG_SOFTMAX": log_softmax,
    "NEG": function(np.negative),
    "QUANTIZE": requantised,
    "RELU": relu,
    "RELU6": relu6,
    "RELU_N1_TO_1": relu_n1_to_1,
    "ROUND": function(round_to_even),
    "RSQRT": function(lambda x: 1 / np.sqrt(x)),
    "SIN": function(np.sin),
    "SOFTMAX": softmax,
    "SQRT": function(np.sqrt),
    "SQUARE": function(np.square),
    "TANH": curve(np.tanh),
}
