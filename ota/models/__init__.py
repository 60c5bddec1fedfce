"""The tables of the app, one noun a file."""

from ota.models.assignment import Assignment, AssignmentEvent
from ota.models.release import Approval, Release, ReleaseArtifact
from ota.models.repository import SigningRequest, TufMetadata
from ota.models.rollout import GateResult, Rollout, RolloutEvent, Wave
from ota.models.slot import Instruction, Slot

__all__ = [
    "Approval",
    "Assignment",
    "AssignmentEvent",
    "GateResult",
    "Instruction",
    "Release",
    "ReleaseArtifact",
    "Rollout",
    "RolloutEvent",
    "SigningRequest",
    "Slot",
    "TufMetadata",
    "Wave",
]
