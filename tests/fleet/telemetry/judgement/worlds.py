"""Worlds beyond the mild one: what a stranger's fleet may be like."""

from dataclasses import dataclass, field, replace

from tests.fleet.telemetry.judgement.delivery import Delivery
from tests.fleet.telemetry.judgement.world import AR8, MILD, World


@dataclass(frozen=True)
class Strange:
    """A world, how windows arrive, and how many inferences an hour there are."""

    world: World
    delivery: Delivery = field(default_factory=Delivery)
    rate: int = 60


def _mild(**changes: float) -> Strange:
    return Strange(replace(MILD, **changes))  # type: ignore[arg-type]


LOSSY = Delivery(lost=0.1, outages=0.004, doubled=0.02, swapped=0.02, crashes=0.02)
STRANGE = {
    "AR 0.95": _mild(ar=0.95),
    "offsets 0.5, day 0.8": _mild(offset=0.5, day=0.8),
    "own time zones": _mild(zones=True),
    "weekdays 0.3, common": _mild(weekday=0.3),
    "weekdays 0.2, own": _mild(own_weekday=0.2),
    "weather from hour to hour 0.3": _mild(hourly_weather=0.3),
    "weather 0.3 answered unlike (0.3)": _mild(loading=0.3, common_weather=0.3),
    "AR 0.8, weather 0.3, weekdays 0.2": Strange(replace(AR8, common_weather=0.3, weekday=0.2)),
    "long tails of inferences": _mild(tails=True),
    "gusts of an hour 0.2, long tails": _mild(gusts=0.2),
    "ramp of 1 sd a month, common": _mild(ramp=1.0),
    "unequal rates": _mild(rates=1.0),
    "idle at night": _mild(idle=True),
    "clocks that slip": _mild(slips=0.01),
    "loss, outages, doubles, disorder, crashes": Strange(MILD, LOSSY),
    "a fleet that grows from 30 on": Strange(MILD, Delivery(grows=300)),
    "6 inferences an hour": Strange(MILD, rate=6),
    "1 inference an hour": Strange(MILD, rate=1),
    "own slow weather 0.15": _mild(own_weather=0.15),
    "own slow weather 0.3": _mild(own_weather=0.3),
}
