"""Real numbers to the integers a model takes, exactly as TensorFlow Lite rounds them.

q = round_half_away(x / scale) + zero_point, in single precision, then clipped to the type.
"""

from array import array
from collections.abc import Iterable
from dataclasses import dataclass
from math import copysign, floor
from typing import TypeAlias

from device_agent.errors import AgentError
from device_agent.protocol.manifest import Tensor

LIMITS = {"int8": (-128, 127), "uint8": (0, 255), "int16": (-32768, 32767)}
FAR = 2.0**40
TYPECODES = {"int8": "b", "uint8": "B", "int16": "h", "int32": "i", "float32": "f"}


# What one input may be given as: its bytes, or numbers that are quantised here.
Values: TypeAlias = bytes | Iterable[float]
# What a feed gives: one input, or a tuple of all of them.
Feed: TypeAlias = Values | tuple[Values, ...]


class BadInput(AgentError):
    """An input that no model could have been asked about."""


@dataclass(frozen=True, slots=True)
class Quantised:
    """A tensor's bytes, and whether numbers had to be clipped to fit."""

    data: bytes
    clipped_low: bool = False
    clipped_high: bool = False


def quantise(values: Values, tensor: Tensor) -> Quantised:
    """Return the tensor's bytes; bytes that are already quantised pass as they are."""
    if isinstance(values, bytes | bytearray | memoryview):
        data = bytes(values)
        if len(data) != tensor.bytes:
            raise BadInput(f"The input has {len(data)} bytes, the model takes {tensor.bytes}.")
        return Quantised(data)
    return _quantise_numbers(_numbers(values, tensor), tensor)


def round_half_away(value: float) -> int:
    """Return the nearest integer; of two equally near, the one further from zero. What is larger
    than any type holds, infinity too, comes out as ``FAR``: it is clipped anyway.
    """
    value = min(max(value, -FAR), FAR)
    return int(copysign(floor(abs(value) + 0.5), value))


def _numbers(values: Iterable[float], tensor: Tensor) -> "array[float]":
    try:
        numbers = array("f", values)
    except (TypeError, OverflowError) as error:
        raise BadInput(f"The input is not a list of numbers: {error}.") from error
    wanted = tensor.bytes // array(TYPECODES[tensor.dtype]).itemsize
    if len(numbers) != wanted:
        raise BadInput(f"The input has {len(numbers)} numbers, the model takes {wanted}.")
    total = sum(numbers)
    if total - total != 0.0 and any(number - number != 0.0 for number in numbers):
        raise BadInput("The input holds a number that is not finite.")
    return numbers


def _quantise_numbers(numbers: "array[float]", tensor: Tensor) -> Quantised:
    if tensor.dtype == "float32":
        return Quantised(numbers.tobytes())
    if tensor.dtype not in LIMITS:
        raise BadInput(f"Numbers cannot be turned into {tensor.dtype}; give bytes.")
    if tensor.scale <= 0.0:
        raise BadInput("The model's input has no scale; give bytes.")
    low, high = LIMITS[tensor.dtype]
    # array("f") rounds the quotient to single precision, which is where TensorFlow Lite divides.
    scale = array("f", [tensor.scale])[0]
    quotients = array("f", [number / scale for number in numbers])
    exact = [round_half_away(quotient) + tensor.zero_point for quotient in quotients]
    below, above = min(exact) < low, max(exact) > high
    if below or above:
        exact = [min(max(value, low), high) for value in exact]
    return Quantised(array(TYPECODES[tensor.dtype], exact).tobytes(), below, above)
