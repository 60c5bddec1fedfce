"""A device that leaves the fleet ends its parts in all rollouts at once, outside the counts.

* In the transaction that retires it: no rollout ever waits for a device that may not answer.
* What it had come to before stays: a success, and a failure, say something about the release.
"""

from typing import Any

from django.db import transaction

from fleet.devices.models import Device
from fleet.lib import clock
from fleet.lib.db import advisory_lock
from fleet.lib.jobs import enqueue
from ota.choices import UNFINISHED_VALUES
from ota.engine.transitions import AssignmentStep
from ota.models import Assignment
from ota.rollouts.large.together import LEAVING_KEY
from ota.rollouts.transitions import TICK_TASK, assignment_transition


def device_left(sender: Any, device: Device, reason: str, **_: Any) -> None:
    """The receiver of `device_leaves`."""
    del sender
    assignments_end(device=device, reason=reason)


@transaction.atomic
def assignments_end(*, device: Device, reason: str) -> int:
    """Leave the device out of every rollout that has it planned or under way; how many."""
    advisory_lock(LEAVING_KEY)  # no tick assigns it again before its row says that it has left
    open_rows = Assignment.objects.filter(device=device, state__in=UNFINISHED_VALUES)
    ended = [_end(row, reason) for row in open_rows.order_by("pk")]
    for rollout in sorted(rollout for rollout in ended if rollout is not None):
        enqueue(TICK_TASK, rollout)
    return len(ended)


def _end(row: Assignment, reason: str) -> int | None:
    """Only the device itself moves it meanwhile: at most to its end."""
    while row.state in UNFINISHED_VALUES:
        if assignment_transition(row, AssignmentStep.SKIP, now=clock.now(), text=reason):
            return row.rollout_id
        row.refresh_from_db()
    return None
