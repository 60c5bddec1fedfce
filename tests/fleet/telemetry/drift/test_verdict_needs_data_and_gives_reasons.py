"""Pass, fail, inconclusive."""

from dataclasses import replace

from fleet.lib.verdict import Verdict
from fleet.telemetry.drift.judge import judge
from fleet.telemetry.drift.mean_shift import MeanDrop
from fleet.telemetry.drift.unit import Unit
from fleet.telemetry.drift.verdict import Evidence, verdict
from fleet.telemetry.judgement.guard import Look
from tests.fleet.telemetry.drift.fleets import reference, rows
from tests.fleet.telemetry.drift.strategies import generator

SAME = MeanDrop(0.9, 0.9, 0.0, 0.5)


def evidence(
    shift: float = 0.0,
    *,
    samples: int = 400,
    devices: int = 3,
    errors: float = 0,
    confidence: MeanDrop | None = SAME,
) -> Evidence:
    random = generator()
    unit = Unit("canary", samples, rows(random, samples, shift))
    judged = judge(unit, reference(random), min_samples=0)
    return Evidence(samples, devices, judged, confidence, errors)


def test_matching_distributions_pass() -> None:
    found = verdict(evidence())
    assert found.state is Verdict.PASS
    assert "3 devices and 400 inferences match" in found.reasons[0]


def test_drift_from_the_reference_alone_holds_and_names_the_feature() -> None:
    found = verdict(evidence(1.5))
    assert found.state is Verdict.INCONCLUSIVE
    assert found.reasons[0].startswith("mean left its reference: PSI")


def test_confidence_below_the_reference_holds() -> None:
    found = verdict(evidence(confidence=MeanDrop(0.9, 0.7, 0.2, 1e-9)))
    assert found.state is Verdict.INCONCLUSIVE
    assert "fell from 0.90 to 0.70" in found.reasons[0]


def test_a_fall_by_chance_passes() -> None:
    assert verdict(evidence(confidence=MeanDrop(0.9, 0.8, 0.1, 0.2))).state is Verdict.PASS


def test_one_device_is_never_enough() -> None:
    found = verdict(evidence(1.5, devices=1))
    assert found.state is Verdict.INCONCLUSIVE
    assert found.reasons == ("1 devices reported, 2 are needed",)


def test_few_samples_are_inconclusive() -> None:
    found = verdict(evidence(1.5, samples=190))
    assert found.state is Verdict.INCONCLUSIVE
    assert "190 inferences reported, 200 are needed" in found.reasons


def test_enough_samples_without_a_test_are_inconclusive() -> None:
    found = verdict(Evidence(500, 3, None, None, 0))
    assert found.state is Verdict.INCONCLUSIVE


def test_a_version_that_cannot_run_fails_without_samples() -> None:
    found = verdict(Evidence(0, 2, None, None, 300))
    assert found.state is Verdict.FAIL
    assert "300 of 300 inferences failed" in found.reasons[0]


def test_single_errors_do_not_fail() -> None:
    assert verdict(evidence(errors=2)).state is Verdict.PASS


def look(state: Verdict) -> Look:
    return Look(state, ("because",))


def test_the_comparison_with_devices_not_updated_decides() -> None:
    for state in Verdict:
        found = verdict(replace(evidence(1.5), look=look(state)))
        assert (found.state, found.reasons) == (state, ("because",))


def test_a_comparison_without_enough_data_does_not_pass() -> None:
    few = evidence(samples=190)
    found = verdict(replace(few, look=look(Verdict.PASS)))
    assert found.state is Verdict.INCONCLUSIVE
