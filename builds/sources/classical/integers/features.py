"""How samples travel to a classical model: the narrowest type that changes no more than a hair.

One scale holds for all features, as for any input of a device. So whole numbers keep the scale 1
and are exact; where features lie too far apart for the steps of one scale, they travel as float32,
which is exact as well and compared as integers.
"""

from collections.abc import Iterator
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from builds.recipes.quantize.data import Floats
from builds.recipes.quantize.rounding import LIMITS, quantise
from builds.sources.classical.ensemble import Ensemble, FeatureType, Reals, leaves_reached

REAL: Final = FeatureType("float32")
SAME: Final = 0.995  # of all samples, that reach the very same leaves in steps
SCALE_LEAST: Final = 1e-15


def feature_of(model: Ensemble, samples: Floats | None) -> tuple[FeatureType, float]:
    """The type, and which share of the samples reaches the same leaves."""
    if samples is None:
        return model.given or REAL, 1.0
    reached = leaves_reached(model, samples)
    for feature in [model.given] if model.given else [*candidates(samples), REAL]:
        there = leaves_reached(model, as_it_travels(samples, feature))
        same = float(np.mean(np.all(there == reached, axis=1)))
        if same >= SAME or feature in (model.given, REAL):
            break
    return feature, same


def candidates(samples: Floats) -> Iterator[FeatureType]:
    """From the narrowest on: steps of 1 for whole numbers, then steps of a scale."""
    low, high = float(samples.min()), float(samples.max())
    if np.array_equal(samples, np.rint(samples)):
        for dtype in ("int8", "int16"):
            least, most = LIMITS[dtype]
            if least <= low and high <= most:
                yield FeatureType(dtype)
    yield spread("int8", low, high)
    yield spread("int16", low, high)


def spread(dtype: str, low: float, high: float) -> FeatureType:
    """Steps that cover a range; int8 with a zero point, int16 around 0."""
    low, high = min(low, 0.0), max(high, 0.0)
    least, most = LIMITS[dtype]
    if dtype == "int16":
        return FeatureType(dtype, _single(max(-low, high) / most))
    scale = _single((high - low) / (most - least))
    return FeatureType(dtype, scale, int(np.clip(np.rint(least - low / scale), least, most)))


def _single(scale: float) -> float:
    """A scale as files hold it."""
    return float(np.float32(max(scale, SCALE_LEAST)))


def as_it_travels(samples: Floats, feature: FeatureType) -> NDArray[Any]:
    """Samples as a device takes them, in real numbers again."""
    if feature.dtype == "float32":
        return samples
    steps = quantise(samples, feature.scale, feature.zero_point, feature.dtype)
    found: Reals = (steps.astype(np.float64) - feature.zero_point) * feature.scale
    return found
