"""Small simulated fleets with a known truth: how many samples, who drifted, by how much."""

from collections.abc import Collection, Mapping

import numpy as np

from fleet.telemetry.drift.causes import Fleet
from fleet.telemetry.drift.compare import Distribution
from fleet.telemetry.drift.defaults import DEFAULTS, Thresholds
from fleet.telemetry.drift.histogram import Counts, count
from fleet.telemetry.drift.unit import Unit
from tests.fleet.telemetry.drift.strategies import EDGES, generator

NAMES = ("mean", "spread", "edge")
LABELS = {
    f"dev{i:02}": {"lot": "B7" if i < 3 else "A1", "site": ("paris", "lyon")[i % 2]}
    for i in range(10)
}


def rows(random: np.random.Generator, samples: int, shift: float = 0.0) -> dict[str, Counts]:
    """Counts of every feature; the first one moves by `shift` standard deviations."""
    moved = {name: shift if name == NAMES[0] else 0.0 for name in NAMES}
    return {name: count(random.normal(moved[name], 1, samples), EDGES) for name in NAMES}


def reference(random: np.random.Generator, samples: int = 800) -> list[Distribution]:
    """What the version was released with."""
    return [Distribution(name, row) for name, row in rows(random, samples).items()]


def fleet(
    drifted: Collection[str] = (),
    *,
    shift: float = 1.5,
    samples: int = 300,
    seed: int = 1,
    labels: Mapping[str, Mapping[str, str]] = LABELS,
    limits: Thresholds = DEFAULTS,
) -> Fleet:
    """Ten devices, three of them of lot B7."""
    random = generator(seed)
    units = {
        name: Unit(name, samples, rows(random, samples, shift if name in drifted else 0.0))
        for name in labels
    }
    return Fleet(units, labels, reference(random), limits)
