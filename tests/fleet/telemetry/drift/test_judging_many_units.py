"""Judging a level: refusals stay out, false alarms stay rare."""

import pytest

from fleet.telemetry.drift.errors import NotEnoughData
from fleet.telemetry.drift.judge import drifted, judge, judge_all
from fleet.telemetry.drift.unit import Unit, pool
from tests.fleet.telemetry.drift.fleets import NAMES, reference, rows
from tests.fleet.telemetry.drift.strategies import generator


def units(shifts: list[float], samples: int = 300, seed: int = 4) -> list[Unit]:
    random = generator(seed)
    return [Unit(f"u{i}", samples, rows(random, samples, each)) for i, each in enumerate(shifts)]


def test_only_the_shifted_units_are_called() -> None:
    judged = judge_all(units([0, 1.2, 0, 1.2]), reference(generator()), min_samples=100)
    assert [each.name for each in drifted(judged)] == ["u1", "u3"]


def test_a_unit_without_data_is_left_out() -> None:
    few = Unit("few", 10, rows(generator(), 10))
    judged = judge_all([few, *units([0])], reference(generator()), min_samples=100)
    assert [each.name for each in judged] == ["u0"]


def test_a_unit_without_data_is_refused_alone() -> None:
    with pytest.raises(NotEnoughData):
        judge(Unit("few", 10, rows(generator(), 10)), reference(generator()), min_samples=100)
    with pytest.raises(NotEnoughData):
        judge(Unit("empty", 500, {}), reference(generator()), min_samples=100)


def test_two_hundred_healthy_units_raise_next_to_nothing() -> None:
    called = 0
    for seed in range(5):
        ref = reference(generator(100 + seed), samples=5000)
        called += len(drifted(judge_all(units([0] * 200, 150, seed), ref, min_samples=100)))
    assert called <= 5  # of a thousand


def test_the_largest_effect_comes_first() -> None:
    random = generator()
    moved = rows(random, 500, 1.0) | {"edge": rows(random, 500, 3.0)["mean"]}
    found = judge(Unit("u", 500, moved), reference(random), min_samples=100)
    assert [each.comparison.name for each in found.drifted] == ["edge", "mean"]
    assert found.effect == found.drifted[0].comparison.psi.debiased


def test_a_pool_is_the_sum_of_its_members() -> None:
    members = units([0, 0])
    together = pool("both", members)
    assert together.samples == 600
    assert [float(together.rows[name].sum()) for name in NAMES] == [600.0] * 3
    assert together.scaled(1.0) is together
    assert together.scaled(0.5).samples == 300
