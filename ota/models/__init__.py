"""The tables of the app, one noun a file."""

from ota.models.assignment import Assignment, AssignmentEvent
from ota.models.epoch import Epoch
from ota.models.kept import AssignmentCount, RolloutPlace
from ota.models.look import GateLook
from ota.models.management import ShownSecret, SystemConfig
from ota.models.release import Approval, Delta, Release, ReleaseArtifact
from ota.models.repository import SigningRequest, TufMetadata
from ota.models.rollout import (
    GateResult,
    Rollout,
    RolloutApproval,
    RolloutCheck,
    RolloutEvent,
    RolloutPolicy,
    Wave,
)
from ota.models.shadow import Shadow, ShadowCount
from ota.models.software import (
    NUMBERS_FROM,
    ReleaseModule,
    SoftwareFile,
    SoftwareModule,
)
from ota.models.trouble import Trouble, TroubleKind
from ota.models.update_state import DeviceUpdateState, Instruction

__all__ = [
    "NUMBERS_FROM",
    "Approval",
    "Assignment",
    "AssignmentCount",
    "AssignmentEvent",
    "Delta",
    "DeviceUpdateState",
    "Epoch",
    "GateLook",
    "GateResult",
    "Instruction",
    "Release",
    "ReleaseArtifact",
    "ReleaseModule",
    "Rollout",
    "RolloutApproval",
    "RolloutCheck",
    "RolloutEvent",
    "RolloutPlace",
    "RolloutPolicy",
    "Shadow",
    "ShadowCount",
    "ShownSecret",
    "SigningRequest",
    "SoftwareFile",
    "SoftwareModule",
    "SystemConfig",
    "Trouble",
    "TroubleKind",
    "TufMetadata",
    "Wave",
]
