"""The best anybody can do: a CUSUM that knows the size, the dependence and the baseline."""

from collections.abc import Iterator

import numpy as np

from fleet.telemetry.judgement.cusum import threshold
from tests.fleet.telemetry.judgement.world import CLASSES, World, class_edges

BUDGET = 0.0025  # false alarms of a device in 30 days over eight features: as ours
MONTH = 720  # hours
HOURS_MAX = 3000
LEARN = 24  # hours of every run from which the oracle of a mix knows how classes vary together


def hour_variance(world: World, rate: int) -> float:
    """Variance of the mean of an hour's inferences with AR(1) among them."""
    lags = np.arange(1, rate)
    dependent = 1 + 2 * ((1 - lags / rate) * world.ar**lags).sum()
    return float(dependent / rate)


def oracle_delay(world: World, size: float, rate: int = 60, runs: int = 2000) -> float:
    """Median hours to find a shift of `size` sd that was there from hour one."""
    variance = hour_variance(world, rate)
    random = np.random.default_rng(1)
    seen = (size + np.sqrt(variance) * random.standard_normal(runs) for _ in range(HOURS_MAX))
    return _median_delay(seen, size, variance, runs)


def mix_oracle_delay(world: World, gain: float, rate: int = 60, runs: int = 1000) -> float:
    """Median hours to find that class 0 gains so much from all others alike.

    It weighs the shares of all classes by how healthy ones vary together (Fisher's discriminant).
    """
    known = zip(range(LEARN), _mixes(world, 0.0, rate, runs), strict=False)
    healthy = np.concatenate([shares for _, shares in known])
    mean, spread = healthy.mean(axis=0), np.cov(healthy.T)[1:, 1:]
    change = np.array([gain] + [-gain / (CLASSES - 1)] * (CLASSES - 1))
    weights = np.concatenate([[0.0], np.linalg.solve(spread, change[1:])])
    size = float(change @ weights)
    moved = ((each - mean) @ weights for each in _mixes(world, gain, rate, runs))
    return _median_delay(moved, size, size, runs)


def _mixes(world: World, gain: float, rate: int, runs: int) -> Iterator[np.ndarray]:
    """Shares of classes of each hour, (runs, classes), for ever."""
    random = np.random.default_rng(1)
    edges = class_edges(gain)
    latent = random.standard_normal(runs)
    while True:
        counted = np.zeros((runs, CLASSES))
        for _ in range(rate):
            latent = world.ar * latent + np.sqrt(1 - world.ar**2) * random.standard_normal(runs)
            counted[np.arange(runs), np.searchsorted(edges, latent)] += 1
        yield counted / rate


def _median_delay(hours: Iterator[np.ndarray], size: float, variance: float, runs: int) -> float:
    half = np.array([[size / (2 * np.sqrt(variance))]])
    needed = float(threshold(half, MONTH * 8 / BUDGET)[0, 0])
    level, found = np.zeros(runs), np.full(runs, np.inf)
    for hour, seen in zip(range(1, HOURS_MAX), hours, strict=False):
        level = np.maximum(0.0, level + (size * seen - size**2 / 2) / variance)
        found[(level >= needed) & np.isinf(found)] = hour
        if np.isfinite(found).mean() > 0.5:
            break
    return float(np.median(found))
