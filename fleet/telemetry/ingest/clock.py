"""When a window was, told by a device that knows only its uptime. Pure.

Guarantees: never in the future, never older than the lateness that is accepted, and with an honest
bound of the error: zero for the boot that is running, the whole unknown span for an earlier one.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

SLACK_SECONDS: Final = 2  # rounding of two whole-second clocks


@dataclass(frozen=True)
class Window:
    """What the frame says: seconds of uptime."""

    opened_s: int
    duration_s: int


@dataclass(frozen=True)
class Envelope:
    """What is known when it arrives; `uptime_s` is None unless it is of the frame's own boot."""

    received_at: datetime
    uptime_s: int | None
    next_boot_at: datetime | None = None


@dataclass(frozen=True)
class Placed:
    """The window in real time."""

    opened_at: datetime
    closed_at: datetime
    error_seconds: int


def place(window: Window, envelope: Envelope, *, lateness_seconds: int) -> Placed:
    """Return when the window was."""
    oldest = envelope.received_at - timedelta(seconds=lateness_seconds)
    end = window.opened_s + window.duration_s
    if envelope.uptime_s is not None and end <= envelope.uptime_s + SLACK_SECONDS:
        closed_at = envelope.received_at - timedelta(seconds=max(envelope.uptime_s - end, 0))
        error_seconds = 0
    else:
        # An earlier boot: it ended before the next one began, nobody knows how long before.
        closed_at = min(envelope.next_boot_at or envelope.received_at, envelope.received_at)
        error_seconds = lateness_seconds
    closed_at = max(closed_at, oldest)
    opened_at = max(closed_at - timedelta(seconds=window.duration_s), oldest)
    return Placed(opened_at, closed_at, error_seconds)


def bucket(at: datetime, seconds: int) -> datetime:
    """Return the start of the bucket that `at` falls in; buckets start at the epoch."""
    return datetime.fromtimestamp(int(at.timestamp()) // seconds * seconds, at.tzinfo)
