"""Another mix of classes: the direction in which healthy devices vary least.

When inputs wander, classes that lie beside each other trade inferences, hour by hour. Another mix
of what happens in the field is not such a trade: one class gains from all others alike. So the
shares are weighted by the inverse of how healthy ones vary together (Fisher's linear discriminant,
1936): what wandering inputs do cancels, and what another mix does stays.
"""

from typing import Final

import numpy as np

from fleet.telemetry.judgement.common import common_mode, mean_known
from fleet.telemetry.judgement.layout import Reals

CLASSES_MIN: Final = 3  # of two classes there is one direction, which the share itself shows
FAR: Final = 4.0  # median distances: what is farther is bounded, so that nobody rules the weights
PRIOR: Final = 50.0  # device steps of independent inferences, assumed beside those seen


def mix_weights(shares: Reals, usual: Reals, rate: float) -> Reals:
    """Return (classes, classes): in column k the weights of the shares whose sum moves by one when
    class k gains one from all others alike.

    `shares` is (steps, devices, classes), NaN where unknown, of the fleet's first day; `usual` the
    usual share of each class; `rate` the usual inferences of a device in a step.
    """
    together = _together(shares)
    alone = (np.diag(usual) - np.outer(usual, usual)) / max(rate, 1.0)
    known = float(np.isfinite(shares).all(axis=2).sum())
    spread = (known * together + PRIOR * alone) / (known + PRIOR)
    inverse = np.linalg.pinv(spread, rcond=1e-6, hermitian=True)
    gains = np.eye(usual.size) - (1 - np.eye(usual.size)) * (usual[:, None] / (1 - usual))
    weights = inverse @ gains
    return np.asarray(weights / (weights * gains).sum(axis=0))


def _together(shares: Reals) -> Reals:
    """How the shares of a device vary together about its own level and the fleet's step."""
    rest = shares - np.stack([common_mode(each) for each in shares])[:, None]
    rest = rest - mean_known(rest)
    known = np.isfinite(rest).all(axis=2)
    flat = rest[known]
    if len(flat) == 0:
        return np.zeros((shares.shape[2],) * 2)
    middle = np.median(np.abs(flat), axis=0)
    near = np.clip(flat, -FAR * middle, FAR * middle)
    return np.asarray(near.T @ near / max(len(flat) - int(known.any(axis=0).sum()), 1))
