"""Maintenance windows: schedules, time zones, and the nights on which clocks are changed."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleet.lib.errors import Refused
from ota.delivery.handling import dump_delivery, parse_delivery
from ota.delivery.window import MaintenanceWindow, parse_window

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)  # a Friday


def window(schedule: str, duration: str = "01:00:00", zone: str = "+00:00") -> MaintenanceWindow:
    return parse_window(schedule, duration, zone)


def test_it_is_open_from_its_start_to_its_end() -> None:
    found = window("10 0 14 ? 5 * 2026", "00:01:00", "+02:00")
    start = NOON + timedelta(seconds=10)
    assert found.next_start(NOON) == start
    assert [found.open_at(start + timedelta(seconds=s)) for s in (-1, 0, 59, 60)] == [
        False,
        True,
        True,
        False,
    ]
    assert found.next_start(NOON + timedelta(days=300)) is None


@pytest.mark.parametrize(
    ("schedule", "start"),
    [
        ("0 0 3 * * ?", "2026-05-02T03:00+00:00"),
        ("0 0 3 ? * SUN", "2026-05-03T03:00+00:00"),
        ("0 0 3 ? * 2-4", "2026-05-04T03:00+00:00"),
        ("0 0/15 12 * * ?", "2026-05-01T12:15+00:00"),
        ("0 30 2 1 JAN,JUL ?", "2026-07-01T02:30+00:00"),
        ("0 0 0 31 * ?", "2026-05-31T00:00+00:00"),
        ("0 0 0 29 2 ?", "2028-02-29T00:00+00:00"),
    ],
)
def test_schedules_are_quartzs(schedule: str, start: str) -> None:
    assert window(schedule).next_start(NOON) == datetime.fromisoformat(start)


def test_a_window_over_midnight_is_open_on_both_days() -> None:
    found = window("0 0 23 ? * FRI", "06:00:00")
    assert found.open_at(datetime(2026, 5, 2, 4, 59, tzinfo=UTC))
    assert not found.open_at(datetime(2026, 5, 2, 5, tzinfo=UTC))


def test_hours_are_the_wall_clocks() -> None:
    found = window("0 30 3 * * ?", zone="Europe/Berlin")
    winter, summer = datetime(2026, 1, 10, tzinfo=UTC), datetime(2026, 7, 10, tzinfo=UTC)
    assert found.next_start(winter) == datetime(2026, 1, 10, 2, 30, tzinfo=UTC)
    assert found.next_start(summer) == datetime(2026, 7, 10, 1, 30, tzinfo=UTC)


def test_a_start_that_the_clock_jumps_over_still_comes() -> None:
    found = window("0 30 2 * * ?", zone="Europe/Berlin")
    start = found.next_start(datetime(2026, 3, 28, 12, tzinfo=UTC))
    assert start == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)
    assert found.open_at(start)


def test_a_start_that_comes_twice_counts_once() -> None:
    found = window("0 30 2 * * ?", "00:30:00", "Europe/Berlin")
    start = found.next_start(datetime(2026, 10, 24, 12, tzinfo=UTC))
    assert start == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert found.next_start(start) == datetime(2026, 10, 26, 1, 30, tzinfo=UTC)
    assert not found.open_at(start + timedelta(hours=1))


@pytest.mark.parametrize(
    "schedule",
    [
        "",
        "* * *",
        "0 0 24 * * ?",
        "0 0 1 L * ?",
        "0 0 1 ? * 6#3",
        "a 0 1 * * ?",
        "0 0 5-3 * * ?",
        "0 0/0 1 * * ?",
        "0 0 1 * * ? 1900",
        "0 " * 200,
    ],
)
def test_a_schedule_that_means_nothing_is_refused(schedule: str) -> None:
    with pytest.raises(Refused):
        window(schedule)


FIELD = st.sampled_from(["*", "0", "1", "5,7", "2-4", "*/7"])


@given(
    st.tuples(FIELD, FIELD, FIELD),
    st.integers(1, 3 * 86_400),
    st.integers(0, 366 * 86_400),
    st.sampled_from(["+00:00", "-03:30", "Europe/Berlin", "Australia/Lord_Howe"]),
)
def test_the_next_start_opens_it_and_comes_after_now(
    fields: tuple[str, str, str], seconds: int, after: int, zone: str
) -> None:
    now = NOON + timedelta(seconds=after)
    found = MaintenanceWindow(f"{' '.join(fields)} * * ?", timedelta(seconds=seconds), zone)
    start = found.next_start(now)
    assert start is not None
    assert start > now
    assert found.open_at(start)
    assert found.open_at(start + timedelta(seconds=seconds) - timedelta(microseconds=1))


def test_a_delivery_is_written_as_it_is_read() -> None:
    document = {
        "type": "soft",
        "confirmation": True,
        "denied": "close",
        "window": {"schedule": "0 0 2 * * ?", "duration": "26:00:00", "timezone": "Europe/Berlin"},
    }
    assert dump_delivery(parse_delivery(document)) == document
    assert dump_delivery(parse_delivery({})) == {}
