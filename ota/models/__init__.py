"""The tables of the app, one noun a file."""

from ota.models.assignment import Assignment, AssignmentEvent
from ota.models.epoch import Epoch
from ota.models.look import GateLook
from ota.models.release import Approval, Release, ReleaseArtifact
from ota.models.repository import SigningRequest, TufMetadata
from ota.models.rollout import GateResult, Rollout, RolloutEvent, Wave
from ota.models.shadow import Shadow, ShadowCount
from ota.models.trouble import Trouble, TroubleKind
from ota.models.update_state import DeviceUpdateState, Instruction

__all__ = [
    "Approval",
    "Assignment",
    "AssignmentEvent",
    "DeviceUpdateState",
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
    "Trouble",
    "TroubleKind",
    "TufMetadata",
    "Wave",
]
