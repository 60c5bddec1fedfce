"""The best anybody can do: a CUSUM that knows the size, the dependence and the baseline."""

import numpy as np

from fleet.telemetry.judgement.cusum import threshold
from tests.fleet.telemetry.judgement.world import World

BUDGET = 0.0025  # false alarms of a device in 30 days over eight features: as ours
MONTH = 720  # hours


def hour_variance(world: World, rate: int) -> float:
    """Variance of the mean of an hour's inferences with AR(1) among them."""
    lags = np.arange(1, rate)
    dependent = 1 + 2 * ((1 - lags / rate) * world.ar**lags).sum()
    return float(dependent / rate)


def oracle_delay(world: World, size: float, rate: int = 60, runs: int = 2000) -> float:
    """Median hours to find a shift of `size` sd that was there from hour one."""
    variance = hour_variance(world, rate)
    half = np.array([[size / (2 * np.sqrt(variance))]])
    needed = float(threshold(half, MONTH * 8 / BUDGET)[0, 0])
    random = np.random.default_rng(1)
    level, found = np.zeros(runs), np.full(runs, np.inf)
    for hour in range(1, 3000):
        seen = size + np.sqrt(variance) * random.standard_normal(runs)
        level = np.maximum(0.0, level + (size * seen - size**2 / 2) / variance)
        found[(level >= needed) & np.isinf(found)] = hour
        if np.isfinite(found).mean() > 0.5:
            break
    return float(np.median(found))
