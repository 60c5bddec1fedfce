"""Backoff with full jitter, Retry-After in every form, polls that do not come as a herd."""

import random
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device_agent.net import backoff

WALL = 1_790_000_000.0


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, None),
        ("0", 0.0),
        ("120", 120.0),
        (" 7 ", 7.0),
        ("999999999999999999", backoff.RETRY_AFTER_CAP_SECONDS),
        ("Mon, 21 Sep 2026 14:14:20 GMT", 60.0),
        ("Mon, 21 Sep 2020 14:14:20 GMT", 0.0),
        ("-5", None),
        ("1.5", None),
        ("soon", None),
        ("", None),
        ("Mon, 99 Sep 9999 99:99:99 GMT", None),
    ],
)
def test_retry_after_in_every_form(header: str | None, seconds: float | None) -> None:
    assert backoff.parse_retry_after(header, wall=WALL) == seconds


@given(st.text(max_size=60))
def test_any_header_is_read_or_ignored(header: str) -> None:
    found = backoff.parse_retry_after(header, wall=WALL)
    assert found is None or 0 <= found <= backoff.RETRY_AFTER_CAP_SECONDS


@given(st.integers(0, 10**6), st.none() | st.floats(0, 3600), st.floats(0, 0.999))
def test_no_wait_is_shorter_than_asked_or_longer_than_the_cap(
    attempt: int, after: float | None, jitter: float
) -> None:
    wait = backoff.retry_seconds(attempt, retry_after=after, uniform=lambda: jitter)
    assert (after or 0.0) <= wait <= (after or 0.0) + backoff.CAP_SECONDS


def test_a_fleet_that_lost_its_service_comes_back_spread_out() -> None:
    uniform = random.Random(1).random
    waits = [backoff.retry_seconds(8, retry_after=None, uniform=uniform) for _ in range(10_000)]
    by_second = Counter(int(wait) for wait in waits)
    assert max(by_second.values()) < 60  # of 10,000 devices, over some 512 seconds


@given(st.floats(1, 86_400), st.floats(0, 0.999))
def test_polls_stay_near_their_interval(interval: float, jitter: float) -> None:
    assert (
        0.89 * interval < backoff.poll_seconds(interval, uniform=lambda: jitter) < 1.11 * interval
    )
