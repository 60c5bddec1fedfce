"""Everything that changes releases, rollouts and assignments."""

from ota.services.assignment import assignment_retrieve, assignment_update
from ota.services.cancellation import assignment_cancel_answer
from ota.services.release import (
    release_approve,
    release_create,
    release_publish,
    release_revoke,
)
from ota.services.rollout import (
    rollout_abort,
    rollout_create,
    rollout_pause,
    rollout_resume,
    rollout_roll_back,
    rollout_start,
)
from ota.services.shadow import shadow_order, shadow_report, shadow_start, shadow_stop
from ota.services.tick import rollout_tick, rollouts_tick

__all__ = [
    "assignment_cancel_answer",
    "assignment_retrieve",
    "assignment_update",
    "release_approve",
    "release_create",
    "release_publish",
    "release_revoke",
    "rollout_abort",
    "rollout_create",
    "rollout_pause",
    "rollout_resume",
    "rollout_roll_back",
    "rollout_start",
    "rollout_tick",
    "rollouts_tick",
    "shadow_order",
    "shadow_report",
    "shadow_start",
    "shadow_stop",
]
