"""The gate with a past: updated devices beside those that are not, each by its own level."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import zip_longest
from typing import Any

import pytest
from django.test import override_settings

from device_agent.protocol.frame import Gauge, GaugeKind
from fleet.lib import clock
from fleet.telemetry.ingest.counts.rollup import rollups_refresh
from fleet.telemetry.models import TelemetrySchema
from fleet.telemetry.monitor.health import Health, model_health
from tests.fleet.telemetry.world import Unit, later, registered, unit

pytestmark = pytest.mark.django_db
STEP = 60  # seconds of a bucket
PAST, AFTER = 12, 5  # steps


@pytest.fixture(autouse=True)
def by_the_minute() -> Any:
    with override_settings(EDGEFLEET_ROLLUP_SECONDS=STEP):
        yield


def report(
    units: list[Unit], schema: TelemetrySchema, at: datetime, memory: Sequence[int] = ()
) -> None:
    """Report a window; `memory` is what each device takes, in KiB."""
    with clock.fixed(at):
        for each, taken in zip_longest(units, memory):
            gauges = (Gauge(GaugeKind.MEMORY_KIB, taken, taken),) if taken else ()
            each.report(150, schema_id=bytes.fromhex(schema.schema_id), gauges=gauges)


def rolled_out(
    new: dict[str, Any], *, world_darkens: bool = False, canaries: int = 3, memory: int = 0
) -> Health:
    """Six devices run 1.0 for a while, then some run 2.0; the world may darken for all then.

    With `memory`, in KiB, devices tell how much they take, and the new version takes that.
    """
    one, two = registered("1.0"), registered("2.0")
    units = [unit(f"cam-{i}", i) for i in range(canaries + 3)]
    # Each device has a level of its own, which no update explains.
    for i, each in enumerate(units):
        each.behaviour = {"sure": 12.5 + 0.2 * i}
    start = later(60)
    for step in range(PAST):
        taken = [40_000 + 100 * i for i in range(len(units))] if memory else []
        report(units, one, start + timedelta(seconds=step * STEP), taken)
    updated = start + timedelta(seconds=PAST * STEP - 1)
    for i, each in enumerate(units):
        darker = {"shift": 60.0, "sure": each.behaviour["sure"] - 2} if world_darkens else {}
        each.behaviour = each.behaviour | darker | (new if i < canaries else {})
    for step in range(PAST, PAST + AFTER):
        at = start + timedelta(seconds=step * STEP)
        report(units[:canaries], two, at, [memory] * canaries)
        report(units[canaries:], one, at, taken[canaries:])
    with clock.fixed(start + timedelta(seconds=(PAST + AFTER + 1) * STEP)):
        rollups_refresh()
        return model_health(two.version, [each.row.pk for each in units[:canaries]], updated)


def test_a_version_that_does_as_the_one_before_passes() -> None:
    found = rolled_out({})
    assert found.verdict == "pass", found.evidence["reasons"]
    assert {each["metric"] for each in found.evidence["look"]} >= {"confidence", "errors"}


def test_a_change_of_the_world_that_hits_all_blames_nobody() -> None:
    found = rolled_out({}, world_darkens=True)
    assert found.verdict == "pass", found.evidence["reasons"]


def test_fallen_confidence_fails() -> None:
    found = rolled_out({"sure": 10.0})
    assert found.verdict == "fail"
    assert found.sentence.startswith("confidence changed by -0.")


def test_another_mix_of_predictions_fails() -> None:
    found = rolled_out({"mix": (0.7, 0.1, 0.1, 0.1)})
    assert found.verdict == "fail"
    assert "class zero changed by +0.4" in " ".join(found.evidence["reasons"])


def test_failing_inferences_fail() -> None:
    found = rolled_out({"errors": 20})
    assert found.verdict == "fail"
    assert "inferences failed" in found.sentence


def test_memory_that_grows_by_the_half_and_more_fails() -> None:
    found = rolled_out({}, memory=120_000)
    assert found.verdict == "fail"
    assert found.sentence.startswith("memory changed by +1.5")


def test_a_little_more_memory_passes() -> None:
    found = rolled_out({}, memory=44_000)
    assert found.verdict == "pass", found.evidence["reasons"]
    assert "memory" in {each["metric"] for each in found.evidence["look"]}


def test_where_nobody_tells_memory_it_is_not_judged() -> None:
    found = rolled_out({})
    assert "memory" not in {each["metric"] for each in found.evidence["look"]}
