"""Realised accuracy of updated devices beside others: pass, fail, or why not yet."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleet.lib.verdict import Verdict
from fleet.telemetry.field.truth.guard import Side, compare
from fleet.telemetry.judgement.guard import Look


def side(share: float, devices: int = 10, labelled: int = 400) -> Side:
    count = np.full(devices, float(labelled))
    return Side(count, np.round(count * share))


def look(new: Side, old: Side) -> Look:
    return compare(new, old, margin=0.03)


def test_as_good_as_the_others_passes() -> None:
    found = look(side(0.9, labelled=3000), side(0.9, labelled=3000))
    assert found.state is Verdict.PASS
    assert found.reasons[0].startswith("every metric is within its margin; closest is realised")


def test_worse_by_more_than_the_margin_fails() -> None:
    found = look(side(0.8), side(0.9))
    assert found.state is Verdict.FAIL
    assert "realised accuracy changed by -0.100" in found.reasons[0]


def test_better_passes_with_fewer_labels() -> None:
    assert look(side(0.95), side(0.85)).state is Verdict.PASS


@pytest.mark.parametrize(
    ("new", "old", "said"),
    [
        (side(0.9, labelled=0), side(0.9), "0 labels of 0 updated devices arrived"),
        (side(0.9, devices=1), side(0.9), "400 labels of 1 updated devices arrived"),
        (side(0.9), side(0.9, devices=1), "devices that are not updated arrived"),
        (side(0.9, labelled=20), side(0.9, labelled=20), "known to"),
    ],
)
def test_too_few_labels_hold_with_a_reason(new: Side, old: Side, said: str) -> None:
    found = look(new, old)
    assert found.state is Verdict.INCONCLUSIVE
    assert said in found.reasons[0]


@pytest.mark.parametrize("lie", [0.0, 1.0])
def test_one_liar_among_ten_changes_no_verdict(lie: float) -> None:
    for share, honest in ((0.9, Verdict.PASS), (0.8, Verdict.FAIL)):
        new = side(share, labelled=3000)
        assert look(new, side(0.9, labelled=3000)).state is honest
        new.correct[0] = 3000 * lie
        assert look(new, side(0.9, labelled=3000)).state in {honest, Verdict.INCONCLUSIVE}


@given(st.integers(0, 400), st.floats(1, 1e9))
def test_one_device_alone_never_decides_against_the_rest(correct: int, loud: float) -> None:
    new = side(0.9, labelled=3000)
    new.labelled[0], new.correct[0] = 400 * loud, correct * loud
    assert look(new, side(0.9, labelled=3000)).state is not Verdict.FAIL


def test_a_healthy_release_is_not_failed_however_often_it_is_looked_at() -> None:
    failed = 0
    for seed in range(60):
        random = np.random.default_rng(seed)
        new, old = side(0.0, 5, 0), side(0.0, 15, 0)
        for _ in range(60):
            for each in (new, old):
                each.labelled[:] += 20
                each.correct[:] += random.binomial(20, 0.9, each.correct.size)
            if look(new, old).state is Verdict.FAIL:
                failed += 1
                break
    assert failed == 0
