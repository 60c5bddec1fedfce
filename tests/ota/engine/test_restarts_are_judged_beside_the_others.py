"""Restarts: their rates beside the others', at any look, and no device alone fails a rollout."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleet.lib.verdict import Verdict
from ota.engine.restarts import FAIL_ALPHA, MARGIN, Restarts, rate_between, restart_look

COUNTS = st.lists(st.integers(0, 1000), min_size=1, max_size=12)
HOURS = st.floats(0.01, 10_000)


def test_quiet_devices_pass_once_enough_hours_are_seen() -> None:
    early = restart_look(Restarts((0, 0), 0.5), Restarts((0,) * 6, 1.5))
    assert early.verdict is Verdict.INCONCLUSIVE
    assert early.sentence.startswith("inconclusive, because after 0 restarts of 2 updated devices")
    late = restart_look(Restarts((0, 0), 48.0), Restarts((0,) * 6, 144.0))
    assert late.verdict is Verdict.PASS


def test_devices_that_restart_again_and_again_fail() -> None:
    found = restart_look(Restarts((6, 5, 7), 6.0), Restarts((0,) * 8, 16.0))
    assert found.verdict is Verdict.FAIL
    assert found.estimate == pytest.approx(3.0)
    assert (
        found.sentence
        == "18 restarts of 3 updated devices in 6.0 device-hours, 0 of 8 others in 16.0"
    )


def test_restarts_that_all_have_blame_nobody() -> None:
    found = restart_look(Restarts((4, 5, 3), 30.0), Restarts((4,) * 9, 90.0))
    assert found.verdict is not Verdict.FAIL


@given(st.integers(3, 10**6), st.integers(3, 20), HOURS)
def test_one_device_alone_never_fails_a_rollout(loops: int, others: int, hours: float) -> None:
    new = Restarts((loops, *(0,) * others), hours)
    assert restart_look(new, Restarts((0,) * 5, hours)).verdict is not Verdict.FAIL


@given(COUNTS, HOURS, COUNTS, HOURS)
def test_whatever_is_counted_the_intervals_hold_the_estimate(
    new: list[int], new_hours: float, old: list[int], old_hours: float
) -> None:
    low, high = rate_between(sum(new), new_hours, FAIL_ALPHA)
    assert low <= sum(new) / new_hours <= high
    found = restart_look(Restarts(new, new_hours), Restarts(old, old_hours))
    assert found.passes[0] <= found.estimate <= found.passes[1]
    assert found.verdict is not Verdict.PASS or found.estimate < MARGIN


def test_looks_at_every_hour_seldom_contradict_the_true_rate() -> None:
    random, alpha, wrong = np.random.default_rng(7), 0.05, 0
    for _ in range(200):
        counts = np.cumsum(random.poisson(0.2 * 4, 60))
        rates = [rate_between(int(n), 4.0 * (at + 1), alpha) for at, n in enumerate(counts)]
        wrong += any(not low <= 0.2 <= high for low, high in rates)
    assert wrong <= 200 * alpha
