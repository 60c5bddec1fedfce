"""Healthy devices stay quiet in a world with dependence, offsets, day and night; harm is found."""

import numpy as np
import pytest

from tests.fleet.telemetry.judgement.trials import Detection
from tests.fleet.telemetry.judgement.world import INDEPENDENT, MILD, Harm


def test_no_healthy_device_alarms(mild: Detection) -> None:
    assert mild.alarmed == 0


@pytest.mark.parametrize(
    ("kind", "size", "hours"),
    [
        ("shift", 0.3, 40),
        ("shift", 0.5, 16),
        ("shift", 1.0, 6),
        ("dead", 0.0, 2),
        ("mode", 3.5, 12),
        ("class", 0.13, 36),
        ("confidence", 0.05, 24),
    ],
)
def test_each_harm_is_found(mild: Detection, kind: str, size: float, hours: int) -> None:
    assert float(np.median(mild.delays[kind, size])) <= hours


def test_an_oracle_is_not_beaten_by_much_less_than_nothing() -> None:
    from tests.fleet.telemetry.judgement.oracle import oracle_delay

    assert oracle_delay(INDEPENDENT, 0.3) < oracle_delay(MILD, 0.3) < 20


def test_a_third_of_the_fleet_is_told_as_the_fleet_not_as_its_healthy_devices() -> None:
    from tests.fleet.telemetry.judgement.trials import watch_fleet

    moved = tuple(range(14))
    found = watch_fleet(MILD, 40, 300, (Harm(moved, "shift", 0.7, 240),), seed=2).found
    assert found is not None
    assert any(each.level == "fleet" and each.cause == "f0" for each in found.incidents)
    assert {each.device for each in found.alarms} <= set(moved)


def test_a_device_that_falls_silent_is_told() -> None:
    from fleet.telemetry.judgement.watch import Setting, Watch
    from tests.fleet.telemetry.judgement.world import Simulation, columns, reference_counts

    watch = Watch(Setting(columns(), reference_counts(), [{}] * 6, np.full(6, -1), 1.0, 0.0))
    present = np.ones(6, bool)
    for hour, rows in enumerate(Simulation(MILD, 6, 1).hours(80)):
        present[2] = hour < 40 or hour >= 70
        watch.step(rows * present[:, None].astype(np.uint32), present)
    told = watch.silences.told
    assert [(each.devices, each.opened, each.closed) for each in told] == [((2,), 63, 70)]
