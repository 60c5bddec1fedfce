"""What a watched fleet cannot be told, and why: devices that wander by themselves."""

from collections.abc import Sequence
from itertools import repeat
from typing import Final

import numpy as np

from fleet.telemetry.judgement.cusum import Cusums
from fleet.telemetry.judgement.filtering import Filter, signature, typical
from fleet.telemetry.judgement.layout import Reals
from fleet.telemetry.judgement.scoring.scores import Channel

WANDERS: Final = 0.01  # variance from day to day that is worth a word: a tenth of a deviation
WITHIN: Final = 48  # steps in which a change is to be told
SIZES: Final = np.geomspace(0.1, 20.0, 80)  # sd
NAMED: Final = 5  # features in the sentence


def doubts(channels: Sequence[Channel], found: Filter, cusums: Cusums) -> list[str]:
    """Return a sentence for people where slow weather of each device hides small changes, else
    nothing.
    """
    moves = np.array([each.kind == "location" for each in channels])
    at = np.flatnonzero(moves & (found.parts.wander >= WANDERS))
    if at.size == 0:
        return []
    least = float(np.median(least_told(found, cusums)[at]))
    names = [channels[i].name for i in at[:NAMED]]
    more = f" and {at.size - NAMED} more" if at.size > NAMED else ""
    days = float(np.sqrt(2 * np.median((found.parts.wander * (1 - found.parts.rho))[at])))
    size = f"below {least:.2g} standard deviations" if np.isfinite(least) else "at any size"
    who = f"{', '.join(names)}{more}"
    why = f"devices wander by themselves: {days:.2g} from day to day"
    return [f"a change of one device is inconclusive {size} in {who}, because {why}"]


def least_told(found: Filter, cusums: Cusums) -> Reals:
    """Return by channel the smallest step of SIZES of a typical device that alarms within WITHIN
    steps, in sd; infinite where none does.
    """
    pairs = list(signature(typical(found), repeat(1.0, WITHIN)))
    left = np.stack([each[0] for each, _ in pairs])  # (steps, channels)
    variance = np.stack([each[0] for _, each in pairs])
    best = np.full(left.shape[1], np.inf)
    for row, shift in enumerate(cusums.shifts):
        high = cusums.threshold[row] * cusums.scale[row].min(axis=0)
        gain = cusums.eta[row].min(axis=0)
        for size in SIZES:
            level = np.cumsum((shift * size * left - shift**2 / 2) / variance, axis=0) * gain
            best = np.where((level.max(axis=0) >= high) & (size < best), size, best)
    return best
