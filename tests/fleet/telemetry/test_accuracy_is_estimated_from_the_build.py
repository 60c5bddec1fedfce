"""Estimated accuracy on a version's drift page, from the calibration its build stored."""

import pytest

from fleet.telemetry.ingest.counts.rollup import rollups_refresh
from fleet.telemetry.monitor.charts import version_drift
from tests.fleet.telemetry.world import registered, unit

pytestmark = pytest.mark.django_db


def test_it_is_shown_with_its_interval_and_its_caveat() -> None:
    stored = {"total": [100] * 16, "correct": [6 * i + 5 for i in range(16)]}
    version = registered(calibration=stored).version
    unit().report(150)
    rollups_refresh()
    drift = version_drift(version)
    assert drift is not None
    found = drift["estimated_accuracy"]
    assert found["low"] < 0.88 < found["high"]
    assert found["samples"] == 150
    assert found["caveat"] == "cannot see a changed meaning of the labels"


def test_without_a_calibration_nothing_is_claimed() -> None:
    version = registered().version
    unit().report(150)
    rollups_refresh()
    drift = version_drift(version)
    assert drift is not None
    assert drift["estimated_accuracy"] is None
