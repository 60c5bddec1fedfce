"""Calibration by simulation: healthy versions pass, shifted ones are held, at small sizes."""

from dataclasses import replace

import pytest

from fleet.lib.verdict import Verdict
from fleet.telemetry.drift.compare import Distribution, compare
from fleet.telemetry.drift.defaults import DEFAULTS
from fleet.telemetry.drift.judge import judge
from fleet.telemetry.drift.unit import Unit
from fleet.telemetry.drift.verdict import Control, Evidence, verdict
from tests.fleet.telemetry.drift.fleets import reference, rows
from tests.fleet.telemetry.drift.strategies import generator


def states(shift: float, samples: int, runs: int) -> list[Verdict]:
    found = []
    for seed in range(runs):
        random = generator(seed)
        unit = Unit("canary", samples, rows(random, samples, shift))
        judged = judge(unit, reference(random, 500), min_samples=200)
        found.append(verdict(Evidence(samples, 2, judged, None, 0)).state)
    return found


@pytest.mark.parametrize("samples", [200, 600])
def test_a_healthy_version_is_held_less_than_once_in_a_hundred(samples: int) -> None:
    assert states(0.0, samples, 300).count(Verdict.PASS) >= 298


@pytest.mark.parametrize("samples", [200, 600])
def test_a_shifted_version_without_a_past_is_held_and_never_failed(samples: int) -> None:
    assert states(1.0, samples, 60).count(Verdict.INCONCLUSIVE) >= 57


def test_correlated_inferences_count_for_less() -> None:
    random = generator()
    row, moved = rows(random, 800)["mean"], rows(random, 400, 0.3)["mean"]
    independent = compare(Distribution("mean", row), moved)
    halved = compare(Distribution("mean", row), moved, limits=replace(DEFAULTS, design_effect=4.0))
    assert halved.p > independent.p


def test_a_control_without_measurements_says_nothing() -> None:
    random = generator()
    judged = judge(Unit("u", 400, rows(random, 400)), reference(random), min_samples=200)
    control = Control("1.0", 10, 1, None, None)
    assert verdict(Evidence(400, 2, judged, None, 0, control)).state is Verdict.PASS
