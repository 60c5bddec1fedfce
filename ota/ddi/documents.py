"""An assignment in the words of the protocol.

A build of ours is one chunk with one artifact, what every client can read; modules of other makers
are a chunk each.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any, Final, cast

from device_agent.protocol.ddi import Chunk, DdiArtifact, Deployment, Handling, dump_deployment
from device_agent.protocol.delta.offer import DeltaOffer
from fleet.lib.errors import NotFound
from ota.delivery.handling import handled, parse_delivery
from ota.engine.states import AssignmentState
from ota.models import Assignment, AssignmentEvent, ReleaseArtifact, SoftwareFile
from ota.releases.artifacts import modules_of
from ota.releases.modules import modules_for
from ota.selectors import Downloadable

PART = "bApp"  # the name that every client expects for an application
# Types that have another name on the wire, from the protocol's first days.
PARTS: Final = {"application": PART, "runtime": "jvm"}
Link = Callable[[int, str], str]  # from a module's number and a file's name to its address
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


def ddi_artifact(artifact: Downloadable, download: str) -> DdiArtifact:
    """Return a file with every digest a client may check."""
    return DdiArtifact(
        filename=artifact.filename,
        size=artifact.size_bytes,
        sha256=artifact.sha256,
        download=download,
        sha1=artifact.sha1,
        md5=artifact.md5,
    )


def deployment(
    row: Assignment, link: Link, now: datetime, deltas: tuple[DeltaOffer, ...] = ()
) -> Deployment:
    """Return what this device is to install, and how, at this moment."""
    how = handled(parse_delivery(row.delivery), now)
    chunks = tuple(_chunks(row, link, deltas))
    return Deployment(str(row.pk), how.download, how.update, chunks, how.window)


def _chunks(row: Assignment, link: Link, deltas: tuple[DeltaOffer, ...]) -> Iterable[Chunk]:
    built = artifact_of(row)
    if built.artifact_id is not None:
        address = link(built.pk, built.filename)
        whole = replace(ddi_artifact(built, address), deltas=deltas)
        yield Chunk(PART, row.release.product, row.release.label, (whole,))
    for module in modules_for(modules_of(row.release), row.device.target):
        files: Iterable[SoftwareFile] = module.files.all()
        artifacts = tuple(ddi_artifact(each, link(module.number, each.filename)) for each in files)
        yield Chunk(PARTS.get(module.type, module.type), module.name, module.version, artifacts)


def artifact_list(files: Iterable[Downloadable], link: Callable[[str], str]) -> list[Any]:
    """Return the files of a module, each as a deployment lists it."""
    chunk = Chunk(PART, "", "", tuple(ddi_artifact(each, link(each.filename)) for each in files))
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
