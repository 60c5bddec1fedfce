"""The list of events that a destination can listen to, each with an example. Pure.

The manual's page is made from it, and the names in the OpenAPI document (`make openapi`); nothing
is sent under a name that is not here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

_INCIDENT: Final = {
    "id": "inc_0a1b2c3d4e5f6g7h8j9k",
    "cause": "lot=B7",
    "level": "label",
    "state": "open",
    "severity": "critical",
    "summary": "mean left the reference on 3 devices, PSI 1.20, 900 samples",
    "model": "digits",
    "version": "ver_0a1b2c3d4e5f6g7h8j9k",
    "rollout": "rol_0a1b2c3d4e5f6g7h8j9k",
    "devices": 3,
    "runbook": "https://wiki.example.com/drift",
    "url": "https://fleet.example.com/console/incidents/inc_0a1b2c3d4e5f6g7h8j9k",
}
_ROLLOUT: Final = {
    "id": "rol_0a1b2c3d4e5f6g7h8j9k",
    "state": "paused",
    "release": "rel_0a1b2c3d4e5f6g7h8j9k",
    "version": "ver_0a1b2c3d4e5f6g7h8j9k",
    "group": "paris",
    "reason": "paused by operator",
}
_VERSION: Final = {
    "id": "ver_0a1b2c3d4e5f6g7h8j9k",
    "model": "digits",
    "number": 3,
    "reasons": [],
}


@dataclass(frozen=True)
class EventType:
    """A name on the wire, what it means, and what its `data` looks like."""

    name: str
    sentence: str
    example: Mapping[str, Any]
    chosen: bool = True  # may a destination listen to it, or does something else send it?


INCIDENT_OPENED: Final = EventType("incident.opened", "An incident was opened.", _INCIDENT)
INCIDENT_CHANGED: Final = EventType(
    "incident.changed",
    "Its severity, its devices, its state or the person on it changed.",
    _INCIDENT | {"change": "acknowledged by operator"},
)
INCIDENT_RESOLVED: Final = EventType(
    "incident.resolved", "An incident is over.", _INCIDENT | {"state": "resolved"}
)
ROLLOUT_PAUSED: Final = EventType("rollout.paused", "A rollout was paused.", _ROLLOUT)
ROLLOUT_FAILED: Final = EventType(
    "rollout.failed",
    "A rollout failed: a wave of it, or devices that left it after their wave had passed.",
    _ROLLOUT | {"state": "running", "reason": "the errors rose by 0.12"},
)
ROLLOUT_ABORTED: Final = EventType(
    "rollout.aborted", "A rollout was stopped and will not go on.", _ROLLOUT | {"state": "aborted"}
)
ROLLOUT_ROLLED_BACK: Final = EventType(
    "rollout.rolled_back",
    "Every device of a rollout got back what it ran before.",
    _ROLLOUT | {"state": "rolled_back"},
)
ROLLOUT_FINISHED: Final = EventType(
    "rollout.finished", "A rollout reached its end.", _ROLLOUT | {"state": "done", "reason": ""}
)
ROLLOUT_APPROVAL: Final = EventType(
    "rollout.approval_wanted",
    "A rollout waits until other people have approved its start or its next wave.",
    _ROLLOUT | {"state": "running", "reason": "Wave 2 waits for 1 more approval.", "wave": 1},
)
ROLLOUT_CHECK: Final = EventType(
    "rollout.check_requested",
    "A rollout asks for a word on the devices of a wave; sent to the destination of its policy.",
    _ROLLOUT
    | {
        "id": "chk_0a1b2c3d4e5f6g7h8j9k",
        "rollout": "rol_0a1b2c3d4e5f6g7h8j9k",
        "state": "running",
        "reason": "",
        "wave": 0,
        "devices": 3,
        "due_at": "2026-12-01T12:00:00+00:00",
        "answer": "https://fleet.example.com/api/v1/checks/chk_0a1b2c3d4e5f6g7h8j9k/answer/",
    },
    chosen=False,
)
BUILD_FAILED: Final = EventType(
    "build.failed",
    "A build failed or was refused.",
    {
        "id": "bld_0a1b2c3d4e5f6g7h8j9k",
        "version": "ver_0a1b2c3d4e5f6g7h8j9k",
        "target": "cortex-m4f",
        "state": "refused",
        "reason": "The model needs more memory than the target has.",
    },
)
VERSION_ADMITTED: Final = EventType("version.admitted", "A model's version was taken.", _VERSION)
VERSION_REFUSED: Final = EventType(
    "version.refused",
    "A model's version was refused.",
    _VERSION | {"reasons": ["The operator LSTM is not supported."]},
)
CAPTURE_REQUESTED: Final = EventType(
    "capture.requested",
    "A rule asked for samples of the devices of an incident; a person has to approve.",
    {"id": "cap_0a1b2c3d4e5f6g7h8j9k", "incident": _INCIDENT["id"], "rule": "drift of the lens"},
)
CAPTURE_COMPLETED: Final = EventType(
    "capture.completed",
    "Samples of devices have arrived.",
    {"id": "cap_0a1b2c3d4e5f6g7h8j9k", "dataset": "dst_0a1b2c3d4e5f6g7h8j9k"},
)
RULE_TOLD: Final = EventType(
    "rule.told",
    "An alert rule found an incident to be about what it watches; sent by its actions.",
    {"rule": "drift of the lens", "incident": _INCIDENT},
    chosen=False,
)
RETRAINING_REQUESTED: Final = EventType(
    "retraining.requested",
    "An alert rule asks a pipeline to train the model again; sent by its actions.",
    {"rule": "drift of the lens", "incident": _INCIDENT},
    chosen=False,
)
TEST: Final = EventType(
    "destination.test",
    "A person tries whether messages arrive.",
    {"destination": "dst_0a1b2c3d4e5f6g7h8j9k", "by": "operator"},
    chosen=False,
)

EVENTS: Final = (
    INCIDENT_OPENED,
    INCIDENT_CHANGED,
    INCIDENT_RESOLVED,
    ROLLOUT_PAUSED,
    ROLLOUT_FAILED,
    ROLLOUT_ABORTED,
    ROLLOUT_ROLLED_BACK,
    ROLLOUT_FINISHED,
    ROLLOUT_APPROVAL,
    ROLLOUT_CHECK,
    BUILD_FAILED,
    VERSION_ADMITTED,
    VERSION_REFUSED,
    CAPTURE_REQUESTED,
    CAPTURE_COMPLETED,
    RULE_TOLD,
    RETRAINING_REQUESTED,
    TEST,
)
CHOSEN: Final = tuple(each.name for each in EVENTS if each.chosen)
