"""When updates may begin: the start time, freeze periods, and the pace. Pure.

A closed calendar holds what reaches devices next; those under way finish, and the way back is
always open.
"""

from datetime import datetime, timedelta
from typing import Final

from ota.engine.rules import Rules

PACE: Final = timedelta(minutes=1)  # over which starts are counted


def closed(rules: Rules, now: datetime) -> str:
    """Return why no update may begin now, as a part of a sentence; nothing where one may."""
    if rules.start_at is not None and now < rules.start_at:
        return f"the start time, {_minute(rules.start_at)}, has not come"
    for freeze in rules.freezes:
        if freeze.begins <= now < freeze.ends:
            why = f" ({freeze.reason})" if freeze.reason else ""
            return f"updates are frozen until {_minute(freeze.ends)}{why}"
    return ""


def opens_at(rules: Rules, now: datetime) -> datetime:
    """Return the first moment from `now` on in which an update may begin."""
    at = max(now, rules.start_at) if rules.start_at is not None else now
    # In order of their beginning, one that overlaps the end of another is found after it.
    for freeze in sorted(rules.freezes, key=lambda each: each.begins):
        if freeze.begins <= at < freeze.ends:
            at = freeze.ends
    return at


def places(rules: Rules, free: int, started_lately: int) -> int:
    """Return how many updates may begin now, of so many free places."""
    if rules.starts_per_minute is None:
        return max(0, free)
    return max(0, min(free, rules.starts_per_minute - started_lately))


def _minute(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"
