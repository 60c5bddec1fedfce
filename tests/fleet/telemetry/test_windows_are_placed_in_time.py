"""Uptime becomes time."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from fleet.telemetry.ingest.clock import Envelope, Window, bucket, place

NOW = datetime(2026, 7, 1, 12, 0, 0, tzinfo=UTC)
WEEK = 7 * 86_400


def ago(seconds: int) -> datetime:
    return NOW - timedelta(seconds=seconds)


def test_a_window_of_the_running_boot_is_exact() -> None:
    placed = place(Window(100, 60), Envelope(NOW, 200), lateness_seconds=WEEK)
    assert (placed.opened_at, placed.closed_at, placed.error_seconds) == (ago(100), ago(40), 0)


def test_a_window_of_an_earlier_boot_ended_before_the_next_one() -> None:
    placed = place(Window(100, 60), Envelope(NOW, None, ago(500)), lateness_seconds=WEEK)
    assert (placed.closed_at, placed.opened_at) == (ago(500), ago(560))
    assert placed.error_seconds == WEEK


def test_a_window_that_ends_after_the_uptime_is_of_an_earlier_boot() -> None:
    assert place(Window(100, 60), Envelope(NOW, 120), lateness_seconds=WEEK).error_seconds == WEEK


def test_a_window_older_than_the_lateness_is_dated_to_it() -> None:
    placed = place(Window(0, 60), Envelope(NOW, 30 * 86_400), lateness_seconds=WEEK)
    assert (placed.opened_at, placed.closed_at) == (ago(WEEK), ago(WEEK))


uptimes = st.integers(0, 2**32 - 1)


@given(uptimes, uptimes, st.none() | uptimes, st.none() | st.integers(-10_000, 10**7))
def test_no_window_is_in_the_future_or_too_old(
    opened: int, duration: int, uptime: int | None, next_boot: int | None
) -> None:
    after = None if next_boot is None else ago(next_boot)
    placed = place(Window(opened, duration), Envelope(NOW, uptime, after), lateness_seconds=WEEK)
    assert ago(WEEK) <= placed.opened_at <= placed.closed_at <= NOW


def test_buckets_start_at_the_epoch() -> None:
    assert bucket(NOW + timedelta(seconds=1799), 1800) == NOW
    assert bucket(NOW + timedelta(seconds=1800), 1800) == NOW + timedelta(seconds=1800)
