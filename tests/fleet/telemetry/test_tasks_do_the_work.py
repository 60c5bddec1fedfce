"""What beat wakes: each task is one line, and the line works."""

import pytest

from fleet.telemetry import tasks
from fleet.telemetry.models import Report, Rollup
from fleet.telemetry.monitor import charts
from tests.fleet.telemetry.world import registered, unit, version

pytestmark = pytest.mark.django_db


def test_assessing_brings_the_rollups_up_to_date() -> None:
    registered()
    unit().report()
    tasks.drift_assess()
    assert Rollup.objects.count() == 2
    assert not Report.objects.filter(rolled_up=False).exists()


def test_refreshing_and_purging_may_run_with_nothing_to_do() -> None:
    tasks.rollups_refresh()
    tasks.reports_purge()
    assert not Rollup.objects.exists()


def test_a_version_that_was_not_released_has_no_chart() -> None:
    assert charts.version_drift(version()) is None


def test_a_device_that_said_nothing_has_no_summary() -> None:
    assert charts.device_summary(unit().row) is None
