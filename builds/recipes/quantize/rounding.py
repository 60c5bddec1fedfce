"""Real numbers to the integers that a model takes, for arrays: the rule of
`device_agent.model.quantise`.

q = round_half_away(x / scale) + zero_point with the division in single precision, where TensorFlow
Lite divides (tensorflow/lite/kernels/internal/reference/quantize.h, AffineQuantize), then clipped
to the type. Shared vectors hold this and the agent's rule equal.
"""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

LIMITS: Final = {"int8": (-128, 127), "uint8": (0, 255), "int16": (-32768, 32767)}
FAR: Final = 2.0**40  # beyond any type's range; keeps infinities out of the integers


def quantise(
    x: NDArray[np.float32], scale: float, zero_point: int, dtype: str = "int8"
) -> NDArray[Any]:
    """Return `x`, of any shape, as integers of `dtype`; a float32 model takes it as it is."""
    if dtype == "float32":
        return np.asarray(x, np.float32)
    low, high = LIMITS[dtype]
    with np.errstate(over="ignore"):  # an infinite quotient is clipped like any that is too large
        quotient = x.astype(np.float32) / np.float32(scale)
    exact = np.clip(quotient.astype(np.float64), -FAR, FAR)
    rounded = np.trunc(exact + np.copysign(0.5, exact))
    return np.asarray(np.clip(rounded + zero_point, low, high), dtype)
