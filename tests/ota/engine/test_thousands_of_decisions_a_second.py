"""A decision costs less than a millisecond with the cap in flight, so ticks can be frequent."""

import time

from ota.engine.decide import decide
from ota.engine.rules import WaveRule
from tests.ota.engine.worlds import running

DECISIONS = 2000
BUDGET_SECONDS = 2.0


def test_a_full_cap_of_fifty_is_decided_in_well_under_a_millisecond() -> None:
    world = running(devices=500, waves=(WaveRule(100),), max_in_flight=50)
    world.tick(rounds=2)
    snapshot = world.snapshot()
    start = time.process_time()
    for _ in range(DECISIONS):
        decide(snapshot, world.now)
    assert time.process_time() - start < BUDGET_SECONDS
