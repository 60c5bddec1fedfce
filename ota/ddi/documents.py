"""An assignment in the words of the protocol.

One chunk, one artifact: what every client can read.
"""

from typing import Any, cast

from device_agent.protocol.ddi import Chunk, DdiArtifact, Deployment, Handling, dump_deployment
from fleet.lib.errors import NotFound
from ota.engine.states import AssignmentState
from ota.models import Assignment, AssignmentEvent, ReleaseArtifact

PART = "bApp"  # the name that every client expects for an application
HISTORY_MAX = 50  # messages

# What hawkBit calls the states that a client may log.
STATUS: dict[str, str] = {
    AssignmentState.OFFERED: "RUNNING",
    AssignmentState.RETRIEVED: "RETRIEVED",
    AssignmentState.DOWNLOADING: "DOWNLOAD",
    AssignmentState.DOWNLOADED: "DOWNLOADED",
    AssignmentState.INSTALLING: "RUNNING",
    AssignmentState.CANCELLING: "CANCELING",
    AssignmentState.CANCELLED: "CANCELED",
    AssignmentState.SUCCEEDED: "FINISHED",
    AssignmentState.FAILED: "ERROR",
    AssignmentState.TIMED_OUT: "ERROR",
}


def artifact_of(row: Assignment) -> ReleaseArtifact:
    """Return what is to be installed."""
    if row.artifact is None:
        raise NotFound(f"Action {row.pk} has nothing to install.")
    return row.artifact


def ddi_artifact(artifact: ReleaseArtifact, download: str) -> DdiArtifact:
    """Return a file with every digest a client may check."""
    return DdiArtifact(
        filename=artifact.filename,
        size=artifact.size_bytes,
        sha256=artifact.sha256,
        download=download,
        sha1=artifact.sha1,
        md5=artifact.md5,
    )


def deployment(row: Assignment, download: str) -> Deployment:
    """Return what this device is to install."""
    version = row.release.version
    artifact = ddi_artifact(artifact_of(row), download)
    chunk = Chunk(PART, version.model.name, version.label, (artifact,))
    return Deployment(str(row.pk), Handling.FORCED, Handling.FORCED, (chunk,))


def artifact_list(artifact: ReleaseArtifact, download: str) -> list[Any]:
    """Return the files of a module, each as a deployment lists it."""
    chunk = Chunk(PART, "", "", (ddi_artifact(artifact, download),))
    whole = dump_deployment(Deployment("0", Handling.FORCED, Handling.FORCED, (chunk,)))
    return cast("list[Any]", cast("dict[str, Any]", whole)["deployment"]["chunks"][0]["artifacts"])


def history(row: Assignment, wanted: int) -> dict[str, object]:
    """Return the last words about this action; a negative number asks for all that are kept
    ready.
    """
    number = HISTORY_MAX if wanted < 0 else min(wanted, HISTORY_MAX)
    events = AssignmentEvent.objects.filter(assignment=row)[:number]
    messages = [event.text or event.step.replace("_", " ") for event in events]
    return {"status": STATUS.get(row.state, "RUNNING"), "messages": messages}
