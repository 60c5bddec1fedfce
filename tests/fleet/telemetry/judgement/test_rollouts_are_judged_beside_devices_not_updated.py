"""Verdicts: healthy ones pass, harmed ones fail, one liar changes nothing, doubt is said."""

import numpy as np
import pytest

from fleet.lib.verdict import Verdict
from fleet.telemetry.judgement.guard import Guard, Look, Reading, half_width, judged
from fleet.telemetry.judgement.layout import columns_of
from fleet.telemetry.judgement.metrics import Metric
from tests.fleet.telemetry.judgement.trials import rollouts
from tests.fleet.telemetry.judgement.world import MILD, WEATHER, Simulation, columns


def test_healthy_rollouts_pass_and_never_fail() -> None:
    found = rollouts(WEATHER, 5, 10, 3, looks=40)
    assert np.isinf(found.failed).all()
    assert np.isfinite(found.passed).all()


@pytest.mark.parametrize("harm", [("confidence", 0.05), ("class", 0.13), ("errors", 0.02)])
def test_harmed_rollouts_fail_within_a_day(harm: tuple[str, float]) -> None:
    found = rollouts(MILD, 5, 10, 2, harm=harm, looks=24)
    assert np.isfinite(found.failed).all()
    assert np.isinf(found.passed).all()


@pytest.mark.parametrize("liar", [("confidence", 0.36), ("errors", 0.83)])
def test_one_liar_of_ten_changes_no_verdict(liar: tuple[str, float]) -> None:
    healthy = rollouts(MILD, 10, 10, 1, liar=liar, looks=40)
    assert np.isinf(healthy.failed).all()
    assert np.isfinite(healthy.passed).all()
    harmed = rollouts(MILD, 10, 10, 1, liar=liar, harm=("confidence", 0.05), looks=24)
    assert np.isfinite(harmed.failed).all()
    assert np.isinf(harmed.passed).all()


def test_two_canaries_with_a_liar_are_inconclusive_and_named() -> None:
    found = rollouts(MILD, 2, 6, 1, liar=("confidence", 0.36), looks=40)
    assert np.isinf(found.failed).all()
    assert np.isinf(found.passed).all()


def guard_of(updated: list[int], hours: int = 40) -> Look | None:
    guard = Guard(columns(), np.array(updated), names=[f"cam-{i}" for i in range(len(updated))])
    look = None
    for rows in Simulation(MILD, len(updated), 1).hours(hours):
        look = guard.step(rows, np.ones(len(updated), bool))
    return look


def test_nothing_is_said_before_an_update() -> None:
    assert guard_of([-1, -1, -1]) is None


def test_a_rollout_from_the_first_step_on_has_no_past() -> None:
    look = guard_of([0, 0, -1, -1])
    assert look == Look(Verdict.INCONCLUSIVE, ("no device reported before the update",))


def test_one_updated_device_is_not_enough() -> None:
    look = guard_of([30, -1, -1, -1])
    assert look is not None
    assert look.reasons == ("1 updated devices reported, 2 are needed",)


def test_without_devices_to_compare_with_it_is_said() -> None:
    look = guard_of([30, 30])
    assert look is not None
    assert "0 devices that are not updated report" in look.reasons[0]


def test_a_short_past_is_said() -> None:
    look = guard_of([6, 6, -1, -1], hours=9)
    assert look is not None
    assert look.state is Verdict.INCONCLUSIVE
    assert look.reasons[-1] == (
        "2 of 2 updated devices have less than 24 h of past to be compared with"
    )


@pytest.mark.parametrize("classes", [(), ("only",)])
def test_a_model_of_fewer_than_two_classes_can_be_judged(classes: tuple[str, ...]) -> None:
    names = ("errors", "invalid")
    layout = columns_of(["f"], [3], classes, confidence_bins=16, latency_buckets=37, counters=names)
    guard = Guard(layout, np.array([30, 30, -1, -1, -1]))
    random = np.random.default_rng(1)
    rows = np.zeros((5, layout.total))
    for _ in range(40):
        rows[:, layout.latency.start + 8] = random.integers(55, 65, 5)
        look = guard.step(rows, np.ones(5, bool))
    assert look is not None
    assert look.state is Verdict.INCONCLUSIVE
    assert "within" not in look.reasons[0]


def reading(change: float, wide: float, *, harm: int = -1, apart: str = "") -> Reading:
    return Reading(Metric("confidence", harm, 0.05, 1.0), change, wide, wide, 0.0, apart)


@pytest.mark.parametrize(
    ("change", "wide", "state"),
    [
        (-0.06, 0.01, Verdict.FAIL),
        (-0.02, 0.01, Verdict.PASS),
        (-0.02, 0.001, Verdict.PASS),  # certain, and a trifle
        (-0.04, 0.02, Verdict.FAIL),
        (-0.04, 0.05, Verdict.INCONCLUSIVE),
        (0.20, 0.01, Verdict.PASS),  # better
    ],
)
def test_size_and_certainty_are_kept_apart(change: float, wide: float, state: Verdict) -> None:
    assert judged([reading(change, wide)]).state is state


def test_a_change_of_either_sign_can_be_harm() -> None:
    assert judged([reading(0.2, 0.01, harm=0)]).state is Verdict.FAIL


def test_devices_that_disagree_hold() -> None:
    look = judged([reading(-0.2, 0.01, apart="look at cam-1 and cam-2")])
    assert look.state is Verdict.INCONCLUSIVE
    assert "look at cam-1 and cam-2" in look.reasons[0]


def test_a_confidence_sequence_is_wider_than_one_look_and_shrinks() -> None:
    widths = [half_width(n, (10.0, 100.0), 0.005) for n in (1.0, 10.0, 100.0, 1000.0)]
    assert widths == sorted(widths, reverse=True)
    assert widths[2] > 2.81 / np.sqrt(100.0)
    assert np.isinf(half_width(1.0, (), 0.005))
