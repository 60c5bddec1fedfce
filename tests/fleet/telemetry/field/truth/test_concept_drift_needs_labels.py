"""Realised against estimated accuracy, in worlds whose truth is known."""

from dataclasses import replace

import numpy as np
import pytest

from fleet.telemetry.field.truth.concept import Labelled, Meaning, judge
from fleet.telemetry.judgement.calibration import accuracy_table, estimate
from tests.fleet.telemetry.field.truth.factories import Field, by_bin

STEPS = 120


@pytest.mark.parametrize("shift", [-1.0, 0.0, 0.7, 1.5])
def test_the_estimate_is_near_what_labels_show_when_only_inputs_move(shift: float) -> None:
    field = Field(shift=shift)
    total, correct = field.calibration()
    predicted, sure, true = field.labelled(field.inputs(2000))
    found = estimate(by_bin(sure)[None], total, correct, 1.0)
    assert abs(found.accuracy - (predicted == true).mean()) < 0.02


@pytest.mark.parametrize("shift", [0.0, 1.0])
@pytest.mark.parametrize("ar", [0.0, 0.5, 0.8])
def test_moved_inputs_alone_alarm_nobody(shift: float, ar: float) -> None:
    for seed in range(8):
        field = Field(shift=shift, ar=ar, seed=seed)
        accuracy = accuracy_table(*field.calibration())
        assert judge(list(field.steps(accuracy, STEPS))).state is Meaning.QUIET


def test_a_changed_meaning_is_found_with_labels() -> None:
    delays = []
    for seed in range(8):
        field = Field(seed=seed)
        accuracy = accuracy_table(*field.calibration())
        healthy = list(field.steps(accuracy, 50))
        field.changed = 0.2
        found = judge(healthy + list(field.steps(accuracy, 30)))
        assert found.state is Meaning.FOUND
        assert 45 <= found.since <= 55
        delays.append(_delay(field, healthy, accuracy))
    assert np.median(delays) <= 10


def _delay(field: Field, healthy: list[Labelled], accuracy: np.ndarray) -> int:
    steps = list(healthy)
    for at, step in enumerate(field.steps(accuracy, 60)):
        steps.append(step)
        if judge(steps).state is Meaning.FOUND:
            return at + 1
    return 60


def test_a_changed_meaning_cannot_be_seen_without_labels() -> None:
    """Everything that devices count is the same before and after."""
    still, changed = Field(seed=3), Field(seed=3, changed=0.3)
    total, correct = still.calibration()
    seen = [each.labelled(each.inputs(2000)) for each in (still, changed)]
    estimates = [estimate(by_bin(sure)[None], total, correct, 1.0) for _, sure, _ in seen]
    realised = [(predicted == true).mean() for predicted, _, true in seen]
    assert abs(estimates[0].accuracy - estimates[1].accuracy) < 0.001
    assert realised[0] - realised[1] > 0.1


def test_one_liar_among_ten_opens_nothing() -> None:
    for seed in range(5):
        field = Field(seed=seed)
        accuracy = accuracy_table(*field.calibration())
        steps = []
        for step in field.steps(accuracy, STEPS):
            lied = step.correct.copy()
            lied[0] = 0.0
            steps.append(replace(step, correct=lied))
        found = judge(steps)
        assert found.state is Meaning.QUIET
        assert found.bounded


def test_one_device_that_shouts_counts_for_three() -> None:
    field = Field(devices=4)
    accuracy = accuracy_table(*field.calibration())
    loud, fair = [], []
    for step in field.steps(accuracy, 5):
        count, correct = step.count.copy(), step.correct.copy()
        count[0], correct[0], expected = 1e9, 0.5e9, step.expected.copy()
        expected[0] = 0.9e9
        loud.append(replace(step, count=count, correct=correct, expected=expected))
        count, correct, expected = count.copy(), correct.copy(), expected.copy()
        count[0], correct[0], expected[0] = 60, 30, 54
        fair.append(replace(step, count=count, correct=correct, expected=expected))
    assert judge(loud).evidence == pytest.approx(judge(fair).evidence)


def test_it_ends_when_the_labels_agree_again() -> None:
    field = Field(seed=5, changed=0.3)
    accuracy = accuracy_table(*field.calibration())
    steps = list(field.steps(accuracy, 30))
    assert judge(steps).state is Meaning.FOUND
    field.changed = 0.0
    steps += list(field.steps(accuracy, 200))
    assert judge(steps).state is Meaning.QUIET


def test_nothing_labelled_says_nothing() -> None:
    found = judge([])
    assert (found.state, found.evidence, found.bounded) == (Meaning.QUIET, 0.0, False)
