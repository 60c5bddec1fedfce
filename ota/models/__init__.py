"""The tables of the app, one noun a file."""

from ota.models.assignment import Assignment, AssignmentEvent
from ota.models.epoch import Epoch
from ota.models.look import GateLook
from ota.models.release import Approval, Release, ReleaseArtifact
from ota.models.repository import SigningRequest, TufMetadata
from ota.models.rollout import GateResult, Rollout, RolloutEvent, Wave
from ota.models.shadow import Shadow, ShadowCount
from ota.models.slot import Instruction, Slot
from ota.models.trouble import Trouble, TroubleKind

__all__ = [
    "Approval",
    "Assignment",
    "AssignmentEvent",
    "Epoch",
    "GateLook",
    "GateResult",
    "Instruction",
    "Release",
    "ReleaseArtifact",
    "Rollout",
    "RolloutEvent",
    "Shadow",
    "ShadowCount",
    "SigningRequest",
    "Slot",
    "Trouble",
    "TroubleKind",
    "TufMetadata",
    "Wave",
]
