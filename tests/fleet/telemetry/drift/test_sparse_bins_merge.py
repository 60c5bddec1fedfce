"""Merging of bins keeps all counts and reaches the expected minimum."""

import numpy as np
from hypothesis import given

from fleet.telemetry.drift.bins import MIN_EXPECTED, merge_sparse
from tests.fleet.telemetry.drift.strategies import rows


@given(rows)
def test_no_count_is_lost(drawn: tuple[list[int], list[int]]) -> None:
    for ordered in (True, False):
        r, c = merge_sparse(*drawn, ordered=ordered)
        assert (r.sum(), c.sum()) == (sum(drawn[0]), sum(drawn[1]))


@given(rows)
def test_every_expected_count_reaches_the_minimum(drawn: tuple[list[int], list[int]]) -> None:
    for ordered in (True, False):
        r, c = merge_sparse(*drawn, ordered=ordered)
        if r.size > 1:
            smaller = min(r.sum(), c.sum()) / (r.sum() + c.sum())
            assert np.min((r + c) * smaller) >= MIN_EXPECTED - 1e-9


def test_full_bins_stay_as_they_are() -> None:
    r, c = merge_sparse([50, 50, 50], [40, 60, 50])
    assert (r.tolist(), c.tolist()) == ([50, 50, 50], [40, 60, 50])


def test_ordered_bins_merge_with_their_neighbour() -> None:
    r, _ = merge_sparse([100, 1, 1, 100], [100, 1, 1, 100])
    assert r.tolist() == [100, 102]


def test_rare_classes_merge_with_each_other() -> None:
    r, _ = merge_sparse([3, 100, 3, 100], [3, 100, 3, 100], ordered=False)
    assert sorted(r.tolist()) == [6, 100, 100]


def test_nothing_at_all_is_one_group() -> None:
    r, c = merge_sparse([0, 0], [0, 0])
    assert (r.tolist(), c.tolist()) == ([0], [0])
