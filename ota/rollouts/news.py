"""What destinations are told of rollouts: the steps that are news, as data.

An event's name and fields: `fleet/telemetry/monitor/notifications/events.py`. `rollout.failed` is
told when the engine stops a rollout or takes it back, whatever the policy has it do: for a wave
that failed, or for devices that left the release after their wave had passed. Its `reason` is the
engine's sentence (`ota/engine/judge.py`, `ota/engine/decide.py`); how a mail of it looks:
`mail_text` of `fleet/telemetry/monitor/notifications/deliver.py`.
"""

from collections.abc import Mapping
from typing import Any, Final

from fleet.telemetry.monitor.notifications.emit import emit
from fleet.telemetry.monitor.notifications.events import (
    ROLLOUT_ABORTED,
    ROLLOUT_FAILED,
    ROLLOUT_FINISHED,
    ROLLOUT_PAUSED,
    ROLLOUT_ROLLED_BACK,
    EventType,
)
from ota.engine.transitions import RolloutStep
from ota.models import Rollout

NEWS: Final[Mapping[RolloutStep, EventType]] = {
    RolloutStep.PAUSE: ROLLOUT_PAUSED,
    RolloutStep.ABORT: ROLLOUT_ABORTED,
    RolloutStep.ROLL_BACK_DONE: ROLLOUT_ROLLED_BACK,
    RolloutStep.FINISH: ROLLOUT_FINISHED,
}
# What the engine does with a rollout that has failed; people do the same for reasons of their own.
FAILING: Final = frozenset({RolloutStep.PAUSE, RolloutStep.ROLL_BACK})


def announce(step: RolloutStep, rollout_id: int, reason: str) -> None:
    """Tell of a step, in the transaction that took it, if it is news."""
    if (event := NEWS.get(step)) is not None:
        _emit_news(event, rollout_id, reason)


def announce_of_engine(step: RolloutStep, rollout_id: int, reason: str) -> None:
    """Tell of a step that the engine took, beside `announce`, if it says that a rollout failed."""
    if step in FAILING:
        _emit_news(ROLLOUT_FAILED, rollout_id, reason)


def _emit_news(event: EventType, rollout_id: int, reason: str) -> None:
    rows = Rollout.objects.select_related("release__version", "group")
    rollout = rows.get(pk=rollout_id)
    emit(event, rollout.public_id, rollout_data(rollout, reason))


def rollout_data(rollout: Rollout, reason: str) -> dict[str, Any]:
    """Return what messages say of a rollout."""
    return {
        "id": rollout.public_id,
        "state": rollout.state,
        "release": rollout.release.public_id,
        "version": rollout.release.version.public_id if rollout.release.version else "",
        "group": rollout.group.name,
        "reason": reason,
    }
