"""What a rollout's gate is told."""

from datetime import datetime
from typing import Any

import pytest

from fleet.lib import clock
from fleet.telemetry.monitor.health import Health, in_short, model_health
from registry.models import ModelVersion
from tests.fleet.telemetry.world import later, registered, unit, version

pytestmark = pytest.mark.django_db


def health(
    devices: int = 3, samples: int = 150, since: datetime | None = None, **behaviour: Any
) -> Health:
    since = since or later(-60)
    registered()
    units = [unit(f"c{i}", i) for i in range(devices)]
    for each in units:
        each.behaviour = behaviour
        each.report(samples)
    made = ModelVersion.objects.get()
    return model_health(made, [each.row.pk for each in units], since)


def test_a_version_that_does_as_its_reference_passes() -> None:
    found = health()
    assert found.verdict == "pass", found.sentence
    assert (found.samples, found.devices, found.features) == (450, 3, ())
    assert "3 devices and 450 inferences match" in found.sentence


def test_drifted_inputs_hold_and_are_named() -> None:
    found = health(shift=60.0)
    assert found.verdict == "inconclusive"
    assert "no device has a past" in found.evidence["reasons"][-1]
    assert found.features[0][0] == "mean"
    assert found.features[0][1] > 0.25


def test_another_mix_of_predictions_holds() -> None:
    found = health(mix=(0.7, 0.1, 0.1, 0.1))
    assert found.verdict == "inconclusive"
    assert found.prediction_psi is not None
    assert found.prediction_psi > 0.25
    assert "prediction left its reference" in found.sentence


def test_fallen_confidence_holds() -> None:
    found = health(sure=11.0)
    assert found.verdict == "inconclusive"
    assert found.confidence_drop is not None
    assert found.confidence_drop > 0.1


def test_failing_inferences_fail_even_without_samples() -> None:
    found = health(samples=0, errors=50)
    assert found.verdict == "fail"
    assert found.errors_share == 1.0


def test_too_few_inferences_are_inconclusive() -> None:
    found = health(samples=30, shift=60.0)
    assert found.verdict == "inconclusive"
    assert "200 are needed" in found.sentence


def test_one_device_is_inconclusive() -> None:
    assert health(devices=1, samples=500, shift=60.0).verdict == "inconclusive"


def test_what_was_before_does_not_count() -> None:
    assert health(since=later(60)).samples == 0


def test_other_devices_do_not_count() -> None:
    health()
    found = model_health(ModelVersion.objects.get(), [], later(-60))
    assert (found.verdict, found.devices) == ("inconclusive", 0)


def test_a_version_without_a_reference_is_inconclusive() -> None:
    found = model_health(version(), [1], clock.now())
    assert found.verdict == "inconclusive"


def test_the_evidence_is_plain_json() -> None:
    import json

    found = health(shift=60.0)
    assert json.loads(json.dumps(found.evidence))["findings"][0]["drifted"] is True


def test_the_query_count_stays_small(django_assert_max_num_queries: Any) -> None:
    health()
    made = ModelVersion.objects.get()
    with django_assert_max_num_queries(4):
        model_health(made, [1, 2, 3], later(-60))


def test_many_reasons_are_told_in_short() -> None:
    assert in_short(["a"]) == "a"
    assert in_short(["a", "b"]) == "a; b"
    assert in_short(["a", "b", "c", "d"]) == "a; b; and 2 more"
