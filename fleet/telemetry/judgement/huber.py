"""The mean of devices of which some may lie: each is bounded about the middle. Huber 1964."""

import numpy as np

from fleet.telemetry.judgement.layout import Reals

BOUND = 1.5  # standard deviations of one device
STEPS = 5
DEVICES_MIN = 3  # fewer have no middle: plain mean


def bounded_mean(effects: Reals, information: Reals) -> tuple[Reals, Reals, Reals]:
    """Return by channel the mean, its variance, and how far one device alone can move it.

    Inputs are (devices, channels); devices without information have no say. The bound is zero
    where there are too few devices to bound anybody.
    """
    weight = information / np.maximum(information.sum(axis=0), 1e-12)
    sd = 1 / np.sqrt(np.maximum(information, 1e-12))
    count = (information > 0).sum(axis=0)
    variance = np.where(information > 0, weight**2 * sd**2, 0.0).sum(axis=0)
    plain = (weight * effects).sum(axis=0)
    if effects.shape[0] == 0:
        return plain, np.full_like(plain, np.inf), np.zeros_like(plain)
    known = np.where(information > 0, effects, np.nan)
    known[:, count == 0] = 0.0
    middle = np.nanmedian(known, axis=0)
    for _ in range(STEPS):
        middle = middle + (weight * np.clip(effects - middle, -BOUND * sd, BOUND * sd)).sum(axis=0)
    own = np.where(information > 0, weight * sd, 0.0).max(axis=0) * BOUND
    many = count >= DEVICES_MIN
    variance = np.where(count > 0, variance, np.inf)
    return np.where(many, middle, plain), variance, np.where(many, own, 0.0)
