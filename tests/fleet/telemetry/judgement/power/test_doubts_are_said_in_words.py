"""Devices that wander by themselves hide small changes: it is said, and nobody alarms."""

from dataclasses import replace

from tests.fleet.telemetry.judgement.trials import watch_fleet
from tests.fleet.telemetry.judgement.world import MILD


def test_own_slow_weather_is_told_as_inconclusive() -> None:
    watch = watch_fleet(replace(MILD, own_weather=0.3), 40, 200, (), seed=3)
    assert watch.found is not None
    assert watch.found.alarms == []
    (said,) = watch.doubts()
    assert said.startswith("a change of one device is inconclusive below ")
    assert "because devices wander by themselves" in said


def test_a_mild_world_has_no_doubts() -> None:
    assert watch_fleet(MILD, 40, 170, (), seed=3).doubts() == []
