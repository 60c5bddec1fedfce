"""Open and closed time, across the days on which clocks are changed, in each device's own zone."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ota.delivery.handling import parse_delivery
from ota.delivery.window import MaintenanceWindow, parse_window

NIGHTLY = "0 0 2 * * ?"
BERLIN = ZoneInfo("Europe/Berlin")


def berlin(length: str = "02:00:00", schedule: str = NIGHTLY) -> MaintenanceWindow:
    return parse_window(schedule, length, "Europe/Berlin")


def hours(window: MaintenanceWindow, since: datetime, until: datetime) -> float:
    return window.closed_seconds(since, until) / 3600


def test_a_usual_day_is_closed_but_for_its_window() -> None:
    noon = datetime(2026, 5, 1, 12, tzinfo=BERLIN).astimezone(UTC)
    assert hours(berlin(), noon, noon + timedelta(days=1)) == 22
    assert hours(berlin(), noon, noon + timedelta(days=7)) == 7 * 22
    assert hours(berlin(), noon, noon) == 0


@pytest.mark.parametrize(
    ("day", "length"),
    # In March the hour from two to three does not exist, in October it comes twice.
    [
        (datetime(2026, 3, 28, 12, tzinfo=BERLIN), 23),
        (datetime(2026, 10, 24, 12, tzinfo=BERLIN), 25),
    ],
)
def test_the_window_is_as_long_on_days_of_another_length(day: datetime, length: int) -> None:
    since = day.astimezone(UTC)
    until = (day + timedelta(days=1)).astimezone(UTC)  # noon by the wall clock
    assert (until - since).total_seconds() == length * 3600
    assert hours(berlin(), since, until) == length - 2
    opens = berlin().next_start(since)
    assert opens is not None
    assert berlin().after_open_seconds(since, 3600) == opens + timedelta(hours=1)
    # It begins once, though its hour comes twice.
    again = berlin().next_start(opens + timedelta(hours=2))
    assert again is not None
    assert again > until


def test_time_is_taken_from_the_next_night_where_one_is_too_short() -> None:
    noon = datetime(2026, 5, 1, 12, tzinfo=BERLIN).astimezone(UTC)
    first = berlin().next_start(noon)
    assert first is not None
    done = berlin().after_open_seconds(noon, 3 * 3600)
    assert done == first + timedelta(days=1, hours=1)


def test_a_schedule_that_never_comes_is_always_closed() -> None:
    never = berlin(schedule="0 0 2 30 2 ?")
    now = datetime(2026, 5, 1, tzinfo=UTC)
    assert hours(never, now, now + timedelta(days=400)) == 400 * 24
    assert never.after_open_seconds(now, 1) is None


def test_a_window_in_the_devices_own_zone_opens_by_its_clock() -> None:
    delivery = parse_delivery(
        {"window": {"schedule": NIGHTLY, "duration": "01:00:00", "timezone": "device"}}
    )
    now = datetime(2026, 7, 1, 12, tzinfo=UTC)
    for zone in ("Europe/Berlin", "America/New_York", "Asia/Kolkata", "Pacific/Chatham"):
        window = delivery.in_zone(zone).window
        assert window is not None
        start = window.next_start(now)
        assert start is not None
        assert start.astimezone(ZoneInfo(zone)).hour == 2
    unknown = delivery.window
    assert unknown is not None
    assert unknown.next_start(now) == datetime(2026, 7, 2, 2, tzinfo=UTC)


def test_another_zone_is_left_as_it_is() -> None:
    delivery = parse_delivery(
        {"window": {"schedule": NIGHTLY, "duration": "01:00:00", "timezone": "+02:00"}}
    )
    assert delivery.in_zone("America/New_York") == delivery


@given(
    st.integers(0, 366 * 24 * 60),
    st.integers(0, 20 * 24),
    st.sampled_from(["Europe/Berlin", "America/New_York", "+05:30"]),
)
def test_open_and_closed_time_make_up_the_whole(minute: int, length: int, zone: str) -> None:
    window = parse_window(NIGHTLY, "03:00:00", zone)
    since = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minute)
    until = since + timedelta(hours=length)
    opened = (until - since).total_seconds() - window.closed_seconds(since, until)
    assert 0 <= opened <= 3 * 3600 * (length / 24 + 1.2)
    if opened >= 1:
        reached = window.after_open_seconds(since, opened)
        assert reached is not None
        assert (until - reached).total_seconds() == window.closed_seconds(reached, until)
