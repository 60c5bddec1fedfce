"""The control: other versions of the model, at the same time, on other devices."""

from typing import Any

import pytest

from fleet.telemetry.models import TelemetrySchema
from fleet.telemetry.monitor.health import Health, model_health
from tests.fleet.telemetry.world import Unit, later, registered, unit

pytestmark = pytest.mark.django_db


def bring(units: list[Unit], schema: TelemetrySchema, samples: int = 200) -> None:
    for each in units:
        each.report(samples, schema_id=bytes.fromhex(schema.schema_id))


def canary(
    new: dict[str, Any], old: dict[str, Any], *, control_samples: int = 200
) -> tuple[Health, list[Unit]]:
    """Two devices run 2.0 and four still run 1.0."""
    since = later(-60)
    one, two = registered("1.0"), registered("2.0")
    updated = [unit(f"new-{i}", i, behaviour=new) for i in range(2)]
    waiting = [unit(f"old-{i}", 10 + i, behaviour=old) for i in range(4)]
    bring(updated, two)
    bring(waiting, one, control_samples)
    return model_health(two.version, [each.row.pk for each in updated], since), updated


def test_two_versions_that_do_the_same_pass() -> None:
    found, _ = canary({}, {})
    assert found.verdict == "pass", found.sentence
    assert found.evidence["control"]["version"] == "1.0"
    assert (found.evidence["control"]["devices"], found.evidence["control"]["samples"]) == (4, 800)


def test_a_little_less_confidence_than_the_old_version_passes() -> None:
    found, _ = canary({}, {"sure": 14.8})
    assert found.verdict == "pass", found.sentence


def test_much_less_confidence_than_the_old_version_has_now_holds_without_a_past() -> None:
    found, _ = canary({"sure": 12.0}, {"sure": 14.0})
    assert found.verdict == "inconclusive"
    assert "1.0 has" in " ".join(found.evidence["reasons"])


def test_other_predictions_than_the_old_version_makes_now_hold_without_a_past() -> None:
    found, _ = canary({}, {"mix": (0.6, 0.2, 0.1, 0.1)})
    assert found.verdict == "inconclusive"
    assert "predicts other classes than 1.0 does now on 4 devices" in found.sentence


def test_too_few_control_samples_are_no_comparison() -> None:
    found, _ = canary({}, {"mix": (0.6, 0.2, 0.1, 0.1)}, control_samples=10)
    assert found.verdict == "pass"
    assert found.evidence["control"]["prediction"] is None
    assert found.evidence["control"]["confidence"] is None


def test_without_other_versions_there_is_no_control() -> None:
    since, only = later(-60), registered()
    units = [unit(f"c-{i}", i) for i in range(2)]
    bring(units, only)
    found = model_health(only.version, [each.row.pk for each in units], since)
    assert found.evidence["control"] is None
    assert found.verdict == "pass"


def test_a_judged_device_is_never_its_own_control() -> None:
    since, one, two = later(-60), registered("1.0"), registered("2.0")
    units = [unit(f"c-{i}", i) for i in range(2)]
    bring(units, one)
    bring(units, two)
    found = model_health(two.version, [each.row.pk for each in units], since)
    assert found.evidence["control"] is None
