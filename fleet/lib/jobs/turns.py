"""Long work in turns: batches until it is done, or until others have waited long enough.

Guarantees: no work is left because a run was too short: what a run did not reach, another one that
it asks for goes on with at once, behind whatever waits for the same worker.
"""

import time
from collections.abc import Callable
from typing import Final, NamedTuple

from fleet.lib import jobs

TURN_SECONDS: Final = (
    5.0  # that one run may hold its worker; rollouts are looked at by the same one
)


class Batch(NamedTuple):
    """What one batch did, and whether there may be more to do."""

    rows: int
    more: bool


def drained(task_name: str, batch: Callable[[], Batch]) -> int:
    """Run batches; return what they did together. The task takes no arguments."""
    total, end = 0, time.monotonic() + TURN_SECONDS
    while True:
        done = batch()
        total += done.rows
        if not done.more:
            return total
        if time.monotonic() >= end:
            jobs.enqueue(task_name)
            return total
