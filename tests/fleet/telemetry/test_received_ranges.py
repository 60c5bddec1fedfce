"""Which windows arrived: the ranges behave as a set."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from fleet.telemetry.ingest.sequence import RANGES_MAX, Ranges, add, missing

numbers = st.lists(st.integers(0, 60), max_size=80)


def members(ranges: Ranges) -> set[int]:
    return {n for first, last in ranges for n in range(first, last + 1)}


@given(numbers)
def test_ranges_behave_as_a_set(arriving: list[int]) -> None:
    ranges: Ranges = []
    seen: set[int] = set()
    for seq in arriving:
        ranges, fresh = add(ranges, seq)
        assert fresh == (seq not in seen)
        seen.add(seq)
        assert members(ranges) == seen


@given(numbers)
def test_ranges_ascend_with_gaps_between(arriving: list[int]) -> None:
    ranges: Ranges = []
    for seq in arriving:
        ranges, _ = add(ranges, seq)
    assert all(left[1] + 1 < right[0] for left, right in pairwise(ranges))


@given(numbers)
def test_missing_counts_the_gaps(arriving: list[int]) -> None:
    ranges: Ranges = []
    for seq in arriving:
        ranges, _ = add(ranges, seq)
    seen = members(ranges)
    expected = max(seen) - min(seen) + 1 - len(seen) if seen else 0
    assert missing(ranges) == expected


def test_adding_leaves_its_argument_alone() -> None:
    before: Ranges = [[1, 2]]
    add(before, 3)
    assert before == [[1, 2]]


def test_a_row_never_grows_beyond_its_bound_and_gives_up_the_oldest_gaps() -> None:
    ranges: Ranges = []
    for seq in range(0, 4 * RANGES_MAX, 2):
        ranges, _ = add(ranges, seq)
    assert len(ranges) == RANGES_MAX
    assert add(ranges, 1)[1] is False
    assert add(ranges, 4 * RANGES_MAX - 3)[1] is True
