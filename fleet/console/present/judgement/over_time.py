"""A device's timeline as a picture, with its gaps in words."""

from datetime import datetime
from typing import Any, Final

from fleet.console.svg.lanes import lanes
from fleet.telemetry.figures.timeline import DeviceTimeline

GAPS_TOLD: Final = 10
CSS: Final = {"boot": "warn", "update": "good", "incident": "bad"}
LANES: Final = {"boots": "boot", "updates": "update", "incidents": "incident"}


def over_time(found: DeviceTimeline | None) -> dict[str, Any] | None:
    """Return the picture and what it says, or None where there is nothing to draw."""
    if found is None:
        return None
    moments = [
        found.first.timestamp() + at * found.step_seconds for at in range(len(found.samples))
    ]
    steps = [
        (count, _tip(moment, count, found))
        for moment, count in zip(moments, found.samples, strict=True)
    ]
    rows = {
        name: [
            (_step(mark.at.timestamp(), found), f"{mark.at:%d %b %H:%M:%S}: {mark.text}", CSS[lane])
            for mark in found.marks
            if mark.lane == lane
        ]
        for name, lane in LANES.items()
    }
    ends = [f"{found.first:%d %b %H:%M}", _told(moments[-1] + found.step_seconds, found)]
    came = sum(count is not None for count in found.samples)
    return {
        "picture": lanes("Windows, boots, updates and incidents", (ends[0], ends[1]), steps, rows),
        "came": came,
        "of": len(found.samples),
        "gaps": found.gaps[-GAPS_TOLD:],
        "more_gaps": max(0, len(found.gaps) - GAPS_TOLD),
        "lost": found.lost,
        "marks": found.marks,
    }


def _tip(moment: float, count: int | None, found: DeviceTimeline) -> str:
    what = "no window came" if count is None else f"{count:,} inferences"
    return f"{_told(moment, found)}: {what}"


def _step(moment: float, found: DeviceTimeline) -> float:
    last = len(found.samples)
    return min(max((moment - found.first.timestamp()) / found.step_seconds, 0.0), last)


def _told(moment: float, found: DeviceTimeline) -> str:
    return f"{datetime.fromtimestamp(moment, found.first.tzinfo):%d %b %H:%M}"
