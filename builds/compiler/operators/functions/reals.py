"""Functions of real numbers, which between DEQUANTIZE and QUANTIZE become a table.

From one int8 to another there are only 256 cases, which are worked out here. The answers are
rounded as float32 rounds, which is what a C library's functions give.
"""

import math
from collections.abc import Callable, Mapping
from typing import Final

import numpy as np

from builds.compiler.graph import Tensor

_LOGISTIC_ENDS = (-9.0, 16.619047164916992)  # beyond them TFLM gives exp(x), and 1
_LARGEST = 2.0**30  # of an answer in steps of the output; beyond lies what C leaves open


def _elu(x: float) -> float:
    return math.expm1(x) if x < 0 else x


def _logistic(x: float) -> float:
    """As TFLM has it: its ends are cut short."""
    if x < _LOGISTIC_ENDS[0]:
        return math.exp(x)
    return 1 / (1 + math.exp(-x)) if x <= _LOGISTIC_ENDS[1] else 1.0


def answers(functions: tuple[str, ...], source: Tensor, target: Tensor) -> list[int] | None:
    """Give the outputs for the inputs -128 to 127; None when one is not a number that fits."""
    found: list[int] = []
    for q in range(-128, 128):
        value = float(np.float32(source.scale * (q - source.zero_point)))
        try:
            for function in functions:
                value = float(np.float32(_value(function, value)))
        except (ValueError, OverflowError, ZeroDivisionError):
            return None
        scaled = float(np.float32(value) / np.float32(target.scale))
        if not abs(scaled) < _LARGEST:
            return None
        whole = math.copysign(math.floor(abs(scaled) + 0.5), scaled)
        found.append(min(max(int(whole) + target.zero_point, -128), 127))
    return found


def _value(function: str, x: float) -> float:
    name, _, operand = function.partition(" ")
    return REALS_OF_TWO[name](x, float(operand)) if operand else REALS[name](x)


REALS: Final[Mapping[str, Callable[[float], float]]] = {
    "ABS": abs,
    "CEIL": lambda x: float(math.ceil(x)),
    "COS": math.cos,
    "ELU": _elu,
    "EXP": math.exp,
    "FLOOR": lambda x: float(math.floor(x)),
    "LOG": math.log,
    "LOGISTIC": _logistic,
    "NEG": lambda x: -x,
    "RELU": lambda x: max(x, 0.0),
    "RELU6": lambda x: min(max(x, 0.0), 6.0),
    "ROUND": lambda x: float(round(x)),  # halves to even, as TFLM rounds
    "RSQRT": lambda x: float(np.float32(1) / np.float32(math.sqrt(x))),
    "SIN": math.sin,
    "SQRT": math.sqrt,
    "SQUARE": lambda x: x * x,
    "TANH": math.tanh,
}
"""Functions of one real number."""
REALS_OF_TWO: Final[Mapping[str, Callable[[float, float], float]]] = {"POW": math.pow}
"""Functions whose second operand is a constant."""
