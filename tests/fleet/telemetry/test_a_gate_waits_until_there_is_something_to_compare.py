"""A release whose devices have a past is judged by it, early and late in its rollout."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import override_settings

from fleet.lib import clock
from fleet.telemetry.ingest.counts.rollup import rollups_refresh
from fleet.telemetry.models import TelemetrySchema
from fleet.telemetry.monitor.guarding import NOT_YET
from fleet.telemetry.monitor.health import Health, model_health
from tests.fleet.telemetry.world import Unit, later, registered, unit

pytestmark = pytest.mark.django_db
STEP = 60  # seconds of a bucket
PAST = 8  # steps
TOTAL = [100] * 16
SURE_OF_ITSELF = {"total": TOTAL, "correct": [6 * i + 5 for i in range(16)]}
WRONG_WHEN_SURE = {"total": TOTAL, "correct": [3 * i + 5 for i in range(16)]}


@pytest.fixture(autouse=True)
def by_the_minute() -> Any:
    with override_settings(EDGEFLEET_ROLLUP_SECONDS=STEP):
        yield


def report(units: list[Unit], schema: TelemetrySchema, at: datetime, samples: int = 150) -> None:
    with clock.fixed(at):
        for each in units:
            each.report(samples, schema_id=bytes.fromhex(schema.schema_id))


def fleet_with_a_past(schema: TelemetrySchema) -> tuple[list[Unit], datetime]:
    """Six devices that ran the schema's version, and when that ended."""
    units = [unit(f"cam-{i}", i) for i in range(6)]
    start = later(60)
    for step in range(PAST):
        report(units, schema, start + timedelta(seconds=step * STEP))
    return units, start + timedelta(seconds=PAST * STEP - 1)


def health(
    schema: TelemetrySchema, units: list[Unit], since: datetime, seconds: float, **how: Any
) -> Health:
    with clock.fixed(since + timedelta(seconds=seconds)):
        rollups_refresh()
        return model_health(schema.version, [each.row.pk for each in units], since, **how)


def test_the_reference_passes_nobody_who_can_soon_be_compared() -> None:
    one, two = registered("1.0"), registered("2.0")
    units, updated = fleet_with_a_past(one)
    report(units[:3], two, updated + timedelta(seconds=25))
    early = health(two, units[:3], updated, 26)
    assert early.samples >= 200
    assert (early.verdict, early.sentence) == ("inconclusive", NOT_YET)


def test_a_first_release_is_still_passed_by_its_reference() -> None:
    one = registered("1.0")
    units = [unit(f"cam-{i}", i) for i in range(3)]
    since = later(60)
    report(units, one, since + timedelta(seconds=25))
    assert health(one, units, since, 26).verdict == "pass"


def test_the_last_wave_stands_on_what_was_seen_while_others_were_left() -> None:
    one, two = registered("1.0"), registered("2.0")
    units, began = fleet_with_a_past(one)
    for step in range(PAST, PAST + 5):
        at = began + timedelta(seconds=(step - PAST) * STEP + 1)
        report(units[:3], two, at)
        report(units[3:], one, at)
    last_wave = began + timedelta(seconds=5 * STEP)
    for step in range(2):
        report(units, two, last_wave + timedelta(seconds=step * STEP + 1))
    alone = health(two, units, last_wave, 3 * STEP)
    assert alone.verdict == "inconclusive"
    found = health(two, units, last_wave, 3 * STEP, began=began)
    assert found.verdict == "pass", found.sentence
    assert found.sentence.startswith("while there were devices not updated, every metric is within")


def test_accuracy_before_is_by_the_calibration_of_what_most_devices_ran() -> None:
    one = registered("1.0", calibration=SURE_OF_ITSELF)
    registered("1.1", calibration=WRONG_WHEN_SURE)  # newer, and nobody runs it
    two = registered("2.0", calibration=SURE_OF_ITSELF)
    units, began = fleet_with_a_past(one)
    for step in range(5):
        at = began + timedelta(seconds=step * STEP + 1)
        report(units[:3], two, at)
        report(units[3:], one, at)
    found = health(two, units[:3], began, 6 * STEP)
    measured = {each["metric"]: each for each in found.evidence["measured"]}
    assert abs(measured["estimated accuracy"]["estimate"]) < 0.03
