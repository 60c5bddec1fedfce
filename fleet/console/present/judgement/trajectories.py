"""A rollout's looks as small pictures, one a metric, with what each says in words."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.utils.safestring import SafeString

from fleet.console.svg.trajectory import Point, trajectory
from fleet.telemetry.drift.defaults import Thresholds
from fleet.telemetry.judgement.calibration import CAVEAT
from ota.models import GateLook

TABLE_ROWS: Final = 20  # newest looks in the table beside a picture
UNITS: Final = {
    "crashes and restarts": "of each device in an hour, beyond the others",
    "latency": "in half octaves: 2 is twice as long",
    "memory": "in octaves: 1 is twice as much",
    "estimated accuracy": f"it {CAVEAT}",
}
MEANINGS: Final = {
    0: "a change to either side",
    -1: "a fall",
    1: "a rise",
}


@dataclass(frozen=True)
class Trajectory:
    """One metric of one gate: what it found, why, its picture and its newest looks."""

    name: str
    verdict: str
    sentence: str
    allowed: str
    picture: SafeString | None
    looks: Sequence[GateLook]  # the newest first


def trajectories(looks: Iterable[GateLook]) -> list[Trajectory]:
    """Return each metric's trajectory, in the order in which they were first looked at.

    `looks` come in order of time; a gate's word on all of them is left to `newest_words`.
    """
    found: dict[tuple[str, str], list[GateLook]] = {}
    for each in looks:
        if each.metric:
            found.setdefault((each.gate, each.metric), []).append(each)
    return [_drawn(rows) for rows in found.values()]


def newest_words(looks: Iterable[GateLook]) -> list[GateLook]:
    """Return the newest word of each gate on all of its metrics together."""
    return list({each.gate: each for each in looks if not each.metric}.values())


def exposure(look: GateLook | None, limits: Thresholds) -> str:
    """Return how much was seen, and how much is needed before anything can be said."""
    needed = (
        f"at least {limits.min_devices} devices and {limits.min_samples:,} inferences are needed"
    )
    if look is None:
        return f"Nothing was looked at yet: {needed}."
    return f"{look.devices} updated devices and {look.samples:,} inferences so far; {needed}."


def _drawn(rows: Sequence[GateLook]) -> Trajectory:
    last = rows[-1]
    seen = [each for each in rows if each.estimate is not None]
    margin = last.margin or 0.0
    picture = None
    if seen:
        points = [_point(each) for each in rows]
        picture = trajectory(f"{last.metric} over time", points, margin=margin, harm=last.harm)
    return Trajectory(
        name=last.metric,
        verdict=last.verdict,
        sentence=last.sentence,
        allowed=_allowed(last, margin),
        picture=picture,
        looks=rows[: -TABLE_ROWS - 1 : -1],
    )


def _point(each: GateLook) -> Point:
    value = "nothing known" if each.estimate is None else f"{each.estimate:+.3f}"
    outer = _pair(each.low, each.high)
    between = f" ({outer[0]:+.3f} to {outer[1]:+.3f})" if outer else ""
    tip = f"{each.at:%d %b %H:%M}: {value}{between}, {each.verdict}"
    inner = _pair(each.pass_low, each.pass_high)
    return Point(each.at, each.verdict, tip, each.estimate, outer, inner)


def _pair(low: float | None, high: float | None) -> tuple[float, float] | None:
    return None if low is None or high is None else (low, high)


def _allowed(look: GateLook, margin: float) -> str:
    if not margin:
        return "no harm at all is allowed"
    unit = UNITS.get(look.metric)
    return f"{MEANINGS[look.harm]} of {margin:g} is the margin{f'; {unit}' if unit else ''}"


def looks_context(looks: Sequence[GateLook], limits: Thresholds) -> dict[str, Any]:
    """Return what the page of a rollout shows of its looks."""
    said = newest_words(looks)
    counted = max(said, key=lambda each: each.samples, default=None)
    return {"drawn": trajectories(looks), "said": said, "exposure": exposure(counted, limits)}
