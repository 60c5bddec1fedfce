"""Everything that changes releases, rollouts and assignments."""

from ota.services.assignment import assignment_retrieve, assignment_update
from ota.services.cancellation import (
    assignment_cancel,
    assignment_cancel_answer,
    assignment_cancel_now,
)
from ota.services.release import (
    MODULES_MAX,
    publish_objections,
    release_approve,
    release_create,
    release_create_named,
    release_publish,
    release_revoke,
)
from ota.services.rollout import (
    require_artifacts,
    rollout_abort,
    rollout_create,
    rollout_document,
    rollout_pause,
    rollout_resume,
    rollout_roll_back,
    rollout_start,
)
from ota.services.shadow import shadow_order, shadow_report, shadow_start, shadow_stop
from ota.services.software import (
    software_file_add,
    software_file_remove,
    software_module_create,
    software_module_remove,
)
from ota.services.steps.again import release_roll_back, rollout_again, wave_skip
from ota.services.steps.approval import rollout_approve
from ota.services.steps.checks import CHECK_WORDS, check_again, check_answer
from ota.services.tick import rollout_tick, rollouts_tick

__all__ = [
    "CHECK_WORDS",
    "MODULES_MAX",
    "assignment_cancel",
    "assignment_cancel_answer",
    "assignment_cancel_now",
    "assignment_retrieve",
    "assignment_update",
    "check_again",
    "check_answer",
    "publish_objections",
    "release_approve",
    "release_create",
    "release_create_named",
    "release_publish",
    "release_revoke",
    "release_roll_back",
    "require_artifacts",
    "rollout_abort",
    "rollout_again",
    "rollout_approve",
    "rollout_create",
    "rollout_document",
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
    "software_file_add",
    "software_file_remove",
    "software_module_create",
    "software_module_remove",
    "wave_skip",
]
