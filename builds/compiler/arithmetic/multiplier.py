"""From real scales to the integers that kernels multiply with.

Exactly as TFLite Micro computes them.

Guarantees: double precision where TFLM uses double, float32 where it uses float32; the results are
bit-equal.
"""

import math
from dataclasses import dataclass

import numpy as np

from builds.compiler.errors import Unsupported
from builds.compiler.graph import Op, Tensor

RANGES = {
    "int8": (-128, 127),
    "uint8": (0, 255),
    "int16": (-32768, 32767),
    "int32": (-(1 << 31), (1 << 31) - 1),
}
_ONE = 1 << 31


@dataclass(frozen=True)
class Multiplier:
    """A real number as `value * 2**(shift - 31)`; a negative shift divides."""

    value: int
    shift: int


def quantize_multiplier(real: float) -> Multiplier:
    """Split a real multiplier into 31 fraction bits and a power of two."""
    if real == 0:
        return Multiplier(0, 0)
    fraction, shift = math.frexp(real)
    value = math.floor(abs(fraction) * _ONE + 0.5)
    if value == _ONE:
        value //= 2
        shift += 1
    if shift < -31:
        return Multiplier(0, 0)
    if shift > 30:
        raise Unsupported(f"A scale ratio of {real:.3g} is too large for integer arithmetic.")
    return Multiplier(value, shift)


def scale_exactly(value: int, by: Multiplier) -> int:
    """Scale an accumulator as kernels do, in two rounding steps."""
    shifted = _wrap(value << max(by.shift, 0))
    high = (shifted * by.value + (1 << 30)) >> 31
    right = max(-by.shift, 0)
    half = (1 << right >> 1) - (1 if high < 0 and right else 0)
    return (high + half) >> right


def _wrap(value: int) -> int:
    return (value + _ONE) % (2 * _ONE) - _ONE


def channel_multipliers(source: Tensor, weights: Tensor, target: Tensor) -> tuple[Multiplier, ...]:
    """Per output channel of a convolution: in * weight / out, all in double."""
    return tuple(quantize_multiplier(source.scale * s / target.scale) for s in weights.scales)


def tensor_multiplier(source: Tensor, weights: Tensor, target: Tensor) -> Multiplier:
    """For a dense layer with one weight scale: the product is rounded to float32 first."""
    product = float(np.float32(source.scale) * np.float32(weights.scale))
    return quantize_multiplier(product / target.scale)


def ratio_float32(numerator: float, denominator: float) -> float:
    """Divide as a float32 division does."""
    return float(np.float32(numerator) / np.float32(denominator))


def activation_range(op: Op, target: Tensor) -> tuple[int, int]:
    """Give the clamp that an operator's fused activation means in the output's integers."""
    return clamp_range(op.option("activation"), target)


def clamp_range(activation: int, target: Tensor) -> tuple[int, int]:
    """Give the integers that activation number `activation` keeps."""
    low, high = RANGES[target.dtype]
    floor = {1: 0.0, 2: -1.0, 3: 0.0}.get(activation)
    ceiling = {2: 1.0, 3: 6.0}.get(activation)
    if floor is not None:
        low = max(low, _quantize(floor, target))
    if ceiling is not None:
        high = min(high, _quantize(ceiling, target))
    return low, high


def _quantize(value: float, target: Tensor) -> int:
    scaled = ratio_float32(value, target.scale)
    if not math.isfinite(scaled) or abs(scaled) > _ONE / 2:
        raise Unsupported(f"{target.name} has a scale too small for its activation's limits.")
    return target.zero_point + round_half_away(scaled)


def round_half_away(value: float) -> int:
    """Round to the nearest integer, halves away from zero."""
    return int(math.copysign(math.floor(abs(value) + 0.5), value))
