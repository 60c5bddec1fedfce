"""Counting in parts and merging equals counting once."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleet.telemetry.drift.errors import BadCounts
from fleet.telemetry.drift.histogram import as_counts, count, merge, pair
from tests.fleet.telemetry.drift.strategies import EDGES

values = st.lists(st.floats(-10, 10), max_size=50)


@given(values, values)
def test_merging_two_windows_equals_one_window(left: list[float], right: list[float]) -> None:
    merged = merge([count(left, EDGES), count(right, EDGES)])
    assert merged.tolist() == count(left + right, EDGES).tolist()


@given(values)
def test_no_value_is_lost(some: list[float]) -> None:
    assert count(some, EDGES).sum() == len(some)


def test_an_edge_belongs_to_the_bin_above_it() -> None:
    assert count([1.0], [1.0, 2.0]).tolist() == [0, 1, 0]


@pytest.mark.parametrize("bad", [[], [[1, 2]], [1, -1], [np.nan], [np.inf, 1]])
def test_what_cannot_be_counts_is_refused(bad: object) -> None:
    with pytest.raises(BadCounts):
        as_counts(bad)  # type: ignore[arg-type]


def test_counts_of_other_bins_are_refused() -> None:
    with pytest.raises(BadCounts, match="different bins"):
        merge([[1, 2], [1, 2, 3]])
    with pytest.raises(BadCounts, match="2 bins"):
        pair([1, 2], [1, 2, 3])
    with pytest.raises(BadCounts, match="nothing"):
        merge([])
