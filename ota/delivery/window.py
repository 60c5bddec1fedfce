"""Maintenance windows: a schedule as clients of hawkBit write it, a duration, and a time zone.

The schedule is Quartz's: second, minute, hour, day of month, month, day of week (1 is Sunday), and
a year if one is meant. Hours are those of the zone's wall clock: where a clock jumps over a start,
the window begins when that hour would have been, and where an hour comes twice it begins the first
time.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from fleet.lib.errors import Refused

SCHEDULE_MAX: Final = 200  # characters
DURATION_MAX: Final = timedelta(days=7)
DEVICE_ZONE: Final = "device"  # the zone that each device has; UTC where it has none
PERIODS_MAX: Final = 2000  # windows that are looked at, at the most, to add up their time
CLOCK_JUMP: Final = timedelta(hours=2)  # the most that a zone's clock is put forward or back
DAYS_AHEAD: Final = 5 * 366  # how far the next start is looked for
MONTHS: Final = "JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC".split()
WEEKDAYS: Final = "SUN MON TUE WED THU FRI SAT".split()
END_OF_TIME: Final = datetime(9999, 1, 1, tzinfo=UTC)
YEAR_LOW, YEAR_HIGH = 1970, 2199
_OFFSET: Final = re.compile(r"([+-])([01]\d|2[0-3]):([0-5]\d)")
_DURATION: Final = re.compile(r"(\d{1,3}):([0-5]\d):([0-5]\d)")
_PART: Final = re.compile(r"(?:(\*)|([A-Z0-9]{1,4})(?:-([A-Z0-9]{1,4}))?)(?:/(\d{1,4}))?")


@dataclass(frozen=True, slots=True)
class FieldRule:
    """What one field of a schedule may hold; names stand for numbers from `low` on."""

    label: str
    low: int
    high: int
    names: tuple[str, ...] = ()


FIELDS: Final = (
    FieldRule("second", 0, 59),
    FieldRule("minute", 0, 59),
    FieldRule("hour", 0, 23),
    FieldRule("day of month", 1, 31),
    FieldRule("month", 1, 12, tuple(MONTHS)),
    FieldRule("day of week", 1, 7, tuple(WEEKDAYS)),
    FieldRule("year", YEAR_LOW, YEAR_HIGH),
)


@dataclass(frozen=True, slots=True)
class MaintenanceWindow:
    """Hours in which an update may be installed."""

    schedule: str
    duration: timedelta
    zone: str  # "+02:00" or "Europe/Berlin"

    def open_at(self, now: datetime) -> bool:
        """Tell whether a window is open."""
        start = self._last_start(now)
        return start is not None and now < start + self.duration

    def next_start(self, now: datetime) -> datetime | None:
        """Return when the next window opens; None where none ever will, within five years."""
        plan, zone = _plan(self.schedule), zone_of(self.zone)
        local = now.astimezone(zone).replace(tzinfo=None)
        for ahead in range(DAYS_AHEAD + 1):
            day = local.date() + timedelta(days=ahead)
            for start in _starts(plan, day, ascending=True, beyond=local - CLOCK_JUMP):
                found = start.replace(tzinfo=zone).astimezone(UTC)
                if found > now:
                    return found
        return None

    def closed_seconds(self, since: datetime, until: datetime) -> float:
        """Return for how long, between two moments, no window was open."""
        opened, at = timedelta(), since
        for _ in range(PERIODS_MAX):
            begins, ends = self._period(at, until)
            if begins >= until:
                return max((until - since - opened).total_seconds(), 0.0)
            opened, at = opened + (ends - begins), ends
        # Nobody expires the sooner for a schedule with very many windows, nor waits without end.
        return max((at - since - opened).total_seconds(), 0.0)

    def after_open_seconds(self, since: datetime, seconds: float) -> datetime | None:
        """Return when windows will have been open for so long; None where they never will."""
        left, at = timedelta(seconds=seconds), since
        for _ in range(PERIODS_MAX):
            begins, ends = self._period(at, END_OF_TIME)
            if begins >= END_OF_TIME:
                return None
            if ends - begins >= left:
                return begins + left
            left, at = left - (ends - begins), ends
        return None

    def _period(self, at: datetime, until: datetime) -> tuple[datetime, datetime]:
        """Return the begin and the end of the first open time from `at` on; `until` twice where
        there is none before it.
        """
        begins = at
        start = self._last_start(at)
        if start is None or at >= start + self.duration:
            start = self.next_start(at)
            if start is None or start >= until:
                return until, until
            begins = start
        return begins, min(start + self.duration, until)

    def _last_start(self, now: datetime) -> datetime | None:
        plan, zone = _plan(self.schedule), zone_of(self.zone)
        local = now.astimezone(zone).replace(tzinfo=None)
        for back in range(self.duration.days + 2):
            day = local.date() - timedelta(days=back)
            for start in _starts(plan, day, ascending=False, beyond=local + CLOCK_JUMP):
                found = start.replace(tzinfo=zone).astimezone(UTC)
                if found <= now:
                    return found
        return None


def parse_window(schedule: str, duration: str, zone: str) -> MaintenanceWindow:
    """Return a window. Raises Refused with the part that is wrong."""
    found = _DURATION.fullmatch(duration)
    hours, minutes, seconds = map(int, found.groups()) if found else (0, 0, 0)
    length = timedelta(hours=hours, minutes=minutes, seconds=seconds)
    if not timedelta() < length <= DURATION_MAX:
        raise Refused("A maintenance window's duration is HH:MM:SS, at most seven days.")
    zone_of(zone)
    _plan(schedule)
    return MaintenanceWindow(schedule, length, zone)


def format_duration(length: timedelta) -> str:
    """Return a duration as it was written."""
    seconds = int(length.total_seconds())
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"


def zone_of(name: str) -> tzinfo:
    """Return a time zone by its offset or its name. Raises Refused."""
    if name == DEVICE_ZONE:  # of a device that is not known yet, or that has none
        return UTC
    if found := _OFFSET.fullmatch(name):
        ahead = timedelta(hours=int(found[2]), minutes=int(found[3]))
        return timezone(-ahead if found[1] == "-" else ahead)
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise Refused(f"There is no time zone {name[:40]!r}; +02:00 would be one.") from error


def _plan(schedule: str) -> Sequence[frozenset[int]]:
    """Return the numbers that each field allows."""
    words = schedule.upper().split() if len(schedule) <= SCHEDULE_MAX else []
    if len(words) not in (6, 7):
        raise Refused("A schedule has six or seven fields: second minute hour day month weekday.")
    words += ["*"] * (7 - len(words))
    return [_numbers(word, rule) for word, rule in zip(words, FIELDS, strict=True)]


def _numbers(word: str, rule: FieldRule) -> frozenset[int]:
    if word == "?":
        word = "*"
    found: set[int] = set()
    for part in word.split(","):
        match = _PART.fullmatch(part)
        if match is None:
            raise Refused(f"The schedule's {rule.label} {part[:20]!r} cannot be read.")
        low = rule.low if match[1] else _number(match[2], rule)
        whole = match[1] or (match[4] and not match[3])
        high = rule.high if whole else _number(match[3] or match[2], rule)
        step = int(match[4] or 1)
        if step < 1 or high < low:
            raise Refused(f"The schedule's {rule.label} {part[:20]!r} cannot be read.")
        found.update(range(low, high + 1, step))
    return frozenset(found)


def _number(word: str, rule: FieldRule) -> int:
    if word in rule.names:
        return rule.names.index(word) + rule.low
    value = int(word) if word.isdigit() else -1
    if not rule.low <= value <= rule.high:
        raise Refused(f"The schedule's {rule.label} goes from {rule.low} to {rule.high}.")
    return value


def _starts(
    plan: Sequence[frozenset[int]], day: date, *, ascending: bool, beyond: datetime
) -> Iterator[datetime]:
    """Yield the starts of one day in order, without the hours that lie before `beyond` (after it,
    where they descend).
    """
    seconds, minutes, hours, days, months, weekdays, years = plan
    weekday = day.isoweekday() % 7 + 1  # Sunday is 1
    if (
        day.month not in months
        or day.day not in days
        or weekday not in weekdays
        or day.year not in years
    ):
        return
    backwards = not ascending
    for hour in sorted(hours, reverse=backwards):
        edge = datetime.combine(day, time(hour, 0 if backwards else 59, 0 if backwards else 59))
        if edge > beyond if backwards else edge < beyond:
            continue
        for minute in sorted(minutes, reverse=backwards):
            for second in sorted(seconds, reverse=backwards):
                yield datetime.combine(day, time(hour, minute, second))
