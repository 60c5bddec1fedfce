"""The common mode: what all devices do in the same step, whatever a few of them claim."""

import warnings

import numpy as np

from fleet.telemetry.judgement.layout import Reals
from fleet.telemetry.judgement.limits import PEERS_MIN, TRIM

FEW = 10  # devices below which a mean is trimmed to its median


def common_mode(values: Reals) -> Reals:
    """Return the trimmed mean over devices (rows) of each channel, the median of less than ten;
    NaN marks what is unknown. Zero where fewer than PEERS_MIN devices are known.
    """
    known = np.isfinite(values).sum(axis=0)
    ordered = np.sort(values, axis=0)  # NaN last
    cut = np.where(known >= FEW, np.floor(TRIM * known), (known - 1) // 2).astype(int)
    rank = np.arange(values.shape[0])[:, None]
    kept = (rank >= cut) & (rank < known - cut)
    total = np.where(kept, ordered, 0.0).sum(axis=0)
    mean = total / np.maximum(kept.sum(axis=0), 1)
    return np.asarray(np.where(known >= PEERS_MIN, mean, 0.0))


def mean_known(values: Reals, axis: int = 0) -> Reals:
    """Return the mean of what is known, NaN where nothing is."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        return np.asarray(np.nanmean(values, axis=axis))
