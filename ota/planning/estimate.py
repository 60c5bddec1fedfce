"""How long a rollout will take: waves, caps, pace, soaking, freezes and windows. Pure.

An estimate for healthy devices: each takes as long as is usual, nobody fails, and gates answer at
the end of the soak or when the power arithmetic says that they can.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil

from ota.delivery.window import MaintenanceWindow
from ota.engine.calendar import opens_at
from ota.engine.rules import Rules


@dataclass(frozen=True, slots=True)
class WaveLoad:
    """One wave: its devices, and how many of them each window is for (None: none at all)."""

    devices: int
    windows: Mapping[MaintenanceWindow | None, int]


@dataclass(frozen=True, slots=True)
class WaveTimes:
    """When a wave begins and has passed, at the earliest that can be expected."""

    begins_at: datetime
    ends_at: datetime


def wave_times(
    loads: Sequence[WaveLoad],
    rules: Rules,
    begin: datetime,
    device_seconds: float,
    judged_seconds: float = 0.0,
) -> list[WaveTimes] | None:
    """Return the times of each wave; None where a window will never be open for long enough.

    `device_seconds`: from the start of an update to its result. `judged_seconds`: what gates need
    before a healthy wave passes, when that is longer than the soak.
    """
    found, at, done = [], begin, 0
    for index, load in enumerate(loads):
        begins = opens_at(rules, at)
        if not load.devices:
            found.append(WaveTimes(begins, begins))
            continue
        work = work_seconds(load.devices, rules, index, device_seconds, done)
        ends = [_ended(window, begins, work, device_seconds) for window in load.windows]
        updated = _latest(ends)
        if updated is None:
            return None
        at = updated + timedelta(seconds=max(rules.soak(index), judged_seconds))
        done += load.devices
        found.append(WaveTimes(begins, at))
    return found


def work_seconds(
    devices: int, rules: Rules, wave: int, device_seconds: float, done: int = 0
) -> float:
    """Return how long so many devices take in a wave at its caps; `done` devices came before."""
    cap, left, turns = rules.cap(wave), devices, 0
    if rules.in_flight_first is not None:
        # Every success adds a place, so that each turn doubles until the cap is reached.
        free = min(cap, rules.in_flight_first + done)
        while left > free and free < cap:
            left, turns, free = left - free, turns + 1, min(cap, 2 * free)
    turns += ceil(left / cap) if rules.in_flight_first is None else ceil(left / free)
    paced = 60 * (devices - 1) / rules.starts_per_minute if rules.starts_per_minute else 0.0
    return max(turns * device_seconds, paced + device_seconds)


def _ended(
    window: MaintenanceWindow | None, begins: datetime, work: float, device_seconds: float
) -> datetime | None:
    """Return when the last device of a window is done: downloads go ahead of it, so that it takes
    one device's time within the window, and the work of all at the least.
    """
    last = begins + timedelta(seconds=max(0.0, work - device_seconds))
    if window is None:
        return last + timedelta(seconds=device_seconds)
    return window.after_open_seconds(last, device_seconds)


def _latest(ends: Sequence[datetime | None]) -> datetime | None:
    known = [end for end in ends if end is not None]
    return max(known) if len(known) == len(ends) else None
