"""Small worlds that the engine's tests start from."""

from typing import Any

from ota.engine.rules import FailureRule, Rules, WaveRule
from ota.engine.transitions import RolloutStep
from tests.simulators.engine_world import World

CANARY = (WaveRule(10), WaveRule(50), WaveRule(100))


def rules(**changes: Any) -> Rules:
    defaults: dict[str, Any] = {
        "waves": CANARY,
        "failures": (FailureRule(percent=20, min_sample=3),),
        "success_percent": 100,
        "max_in_flight": 4,
        "soak_seconds": 60,
        "offer_seconds": 600,
        "install_seconds": 300,
    }
    return Rules(**{**defaults, **changes})


def running(devices: int = 20, **changes: Any) -> World:
    world = World(rules(**changes), devices)
    world.operate(RolloutStep.START)
    return world


def finish_wave(world: World, *, fail: frozenset[int] = frozenset()) -> None:
    """Tick and install until nothing of the opened waves is left to do."""
    quiet = 0
    while quiet < 2:
        quiet = 0 if world.tick() else quiet + 1
        world.install(fail=fail)
