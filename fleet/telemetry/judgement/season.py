"""Sine and cosine of the day at a step."""

from math import pi

import numpy as np

from fleet.telemetry.judgement.layout import Reals
from fleet.telemetry.judgement.limits import DAY


def day_waves(steps: np.ndarray, step_hours: float, start_hour: float) -> Reals:
    """Return (steps, 2): sine and cosine of 24 h; zeros where a step is half a day or longer."""
    angle = 2 * pi * (np.asarray(steps) * step_hours + start_hour) / DAY
    waves = np.stack([np.sin(angle), np.cos(angle)], axis=-1)
    return np.asarray(waves * (step_hours <= DAY / 4))
