"""hawkBit's Direct Device Integration v1: the messages both sides read and write.

What DDI lacks rides on extra links of the poll answer (``instruction``, ``telemetry``, ``tuf``);
clients of other makers ignore them. Bodies stay small and keep the exact member names and types
that SWUpdate, RAUC and Zephyr look for: ids are strings, sizes integers, sleep is ``HH:MM:SS``.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeVar

from device_agent.protocol import fields, lenient
from device_agent.protocol.delta.offer import HREF_LIMIT, DeltaOffer, dump_offers, parse_offers
from device_agent.protocol.errors import ProtocolError, QuotaExceeded

LINKS_LIMIT = 16
CHUNKS_LIMIT = 16
ARTIFACTS_LIMIT = 50
DETAILS_LIMIT = 50
DETAIL_LIMIT = 512  # characters
ATTRIBUTES_LIMIT = 100
INITIATOR_LIMIT = 64  # characters
BODY_LIMIT = 64 * 1024  # bytes of any DDI body
SLEEP_MAX_SECONDS = 23 * 3600 + 59 * 60 + 59
CODE_MAX = 2**31 - 1
PROGRESS_MAX = 2**31 - 1  # steps: what the service's database holds

E = TypeVar("E", bound=StrEnum)

_SLEEP = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9]):([0-5][0-9])")
_ACTION_ID = re.compile(r"[0-9]{1,12}")


class Handling(StrEnum):
    """How a device treats the download or the installation."""

    SKIP = "skip"
    ATTEMPT = "attempt"
    FORCED = "forced"


class Execution(StrEnum):
    """How far a device is with an action."""

    CLOSED = "closed"
    PROCEEDING = "proceeding"
    SCHEDULED = "scheduled"
    RESUMED = "resumed"
    DOWNLOAD = "download"
    DOWNLOADED = "downloaded"
    CANCELED = "canceled"
    REJECTED = "rejected"


class Finished(StrEnum):
    """How an action ended, or that it has not."""

    SUCCESS = "success"
    FAILURE = "failure"
    NONE = "none"


class Confirmation(StrEnum):
    """What the device's user says to an update."""

    CONFIRMED = "confirmed"
    DENIED = "denied"


class MergeMode(StrEnum):
    """How new attributes meet the old ones."""

    MERGE = "merge"
    REPLACE = "replace"
    REMOVE = "remove"


@dataclass(frozen=True, slots=True)
class Poll:
    """When to come back, and what there is to do: relation → absolute address."""

    sleep_seconds: int
    links: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class DdiArtifact:
    """A file to download; digests in lower-case hexadecimal."""

    filename: str
    size: int
    sha256: str
    download: str
    sha1: str = ""
    md5: str = ""
    deltas: tuple[DeltaOffer, ...] = ()


@dataclass(frozen=True, slots=True)
class Chunk:
    """A software module of a deployment."""

    part: str
    name: str
    version: str
    artifacts: tuple[DdiArtifact, ...]


@dataclass(frozen=True, slots=True)
class Deployment:
    """What to install."""

    action_id: str
    download: Handling
    update: Handling
    chunks: tuple[Chunk, ...]
    maintenance_window: str | None = None


@dataclass(frozen=True, slots=True)
class Cancellation:
    """Which action to stop."""

    action_id: str
    stop_id: str


@dataclass(frozen=True, slots=True)
class Feedback:
    """What became of an action."""

    execution: Execution
    finished: Finished
    details: tuple[str, ...] = ()
    progress: tuple[int, int] | None = None
    code: int | None = None
    timestamp_ms: int | None = None


@dataclass(frozen=True, slots=True)
class ConfirmationFeedback:
    """Whether the device's user wants an update."""

    confirmation: Confirmation
    details: tuple[str, ...] = ()
    code: int | None = None


@dataclass(frozen=True, slots=True)
class AutoConfirm:
    """The person who lets all updates start without being asked, and the reason."""

    initiator: str = ""
    remark: str = ""


@dataclass(frozen=True, slots=True)
class ConfigData:
    """Attributes of the device."""

    data: Mapping[str, str]
    mode: MergeMode = MergeMode.MERGE


def format_sleep(seconds: int) -> str:
    """Return seconds as ``HH:MM:SS``, at most one second under a day: strptime knows no hour 24."""
    bounded = min(max(seconds, 0), SLEEP_MAX_SECONDS)
    return f"{bounded // 3600:02}:{bounded // 60 % 60:02}:{bounded % 60:02}"


def parse_sleep(value: str) -> int:
    """Return the seconds in ``HH:MM:SS``."""
    found = _SLEEP.fullmatch(value)
    if not found:
        raise ProtocolError("'sleep' must be HH:MM:SS.")
    hours, minutes, seconds = map(int, found.groups())
    return hours * 3600 + minutes * 60 + seconds


def dump_poll(poll: Poll) -> dict[str, object]:
    """Return the answer to a poll."""
    links = {rel: {"href": href} for rel, href in poll.links.items()}
    return {"config": {"polling": {"sleep": format_sleep(poll.sleep_seconds)}}, "_links": links}


def parse_poll(value: object) -> Poll:
    """Return what a service answered to a poll."""
    data = fields.members(value, "The poll answer")
    polling = fields.child(fields.child(data, "config"), "polling")
    return Poll(parse_sleep(fields.text(polling, "sleep")), _parse_links(data))


def dump_deployment(deployment: Deployment, key: str = "deployment") -> dict[str, object]:
    """Return the answer to ``deploymentBase``; to ``confirmationBase`` under the key
    ``confirmation``.
    """
    inner: dict[str, object] = {"download": deployment.download, "update": deployment.update}
    if deployment.maintenance_window is not None:
        inner["maintenanceWindow"] = deployment.maintenance_window
    inner["chunks"] = [_dump_chunk(chunk) for chunk in deployment.chunks]
    return {"id": deployment.action_id, key: inner}


def parse_deployment(value: object) -> Deployment:
    """Return what a service wants installed."""
    data = fields.members(value, "The deployment")
    inner = fields.child(data, "deployment")
    window = fields.text(inner, "maintenanceWindow") if "maintenanceWindow" in inner else None
    chunks = fields.items(inner, "chunks", limit=CHUNKS_LIMIT)
    return Deployment(
        action_id=_action_id(data, "id"),
        download=_member(Handling, inner, "download"),
        update=_member(Handling, inner, "update"),
        chunks=tuple(_parse_chunk(fields.members(chunk, "A chunk")) for chunk in chunks),
        maintenance_window=window,
    )


def dump_cancel(cancel: Cancellation) -> dict[str, object]:
    """Return the answer to ``cancelAction``."""
    return {"id": cancel.action_id, "cancelAction": {"stopId": cancel.stop_id}}


def parse_cancel(value: object) -> Cancellation:
    """Return which action a service wants stopped."""
    data = fields.members(value, "The cancellation")
    return Cancellation(
        _action_id(data, "id"), _action_id(fields.child(data, "cancelAction"), "stopId")
    )


def dump_feedback(feedback: Feedback) -> dict[str, object]:
    """Return the body of a feedback; details are cut to what every service accepts."""
    result: dict[str, object] = {"finished": feedback.finished}
    if feedback.progress is not None:
        result["progress"] = dict(zip(("cnt", "of"), feedback.progress, strict=True))
    status: dict[str, object] = {"execution": feedback.execution, "result": result}
    if feedback.code is not None:
        status["code"] = feedback.code
    status["details"] = [detail[:DETAIL_LIMIT] for detail in feedback.details[:DETAILS_LIMIT]]
    stamp = {} if feedback.timestamp_ms is None else {"timestamp": feedback.timestamp_ms}
    return {**stamp, "status": status}


def parse_feedback(value: object) -> Feedback:
    """Return what a device reports; old clients' ``id`` and ``time`` are ignored, and so is a
    ``timestamp`` that is not a number: the service has a clock of its own.
    """
    data = fields.members(value, "The feedback")
    status = fields.child(data, "status")
    result = fields.child(status, "result")
    return Feedback(
        execution=_member(Execution, status, "execution"),
        finished=_member(Finished, result, "finished"),
        details=_parse_details(status),
        progress=_parse_progress(result),
        code=lenient.whole(status, "code", low=-CODE_MAX, high=CODE_MAX),
        timestamp_ms=_parse_timestamp(data),
    )


def parse_confirmation(value: object) -> ConfirmationFeedback:
    """Return what the device's user said."""
    data = fields.members(value, "The confirmation")
    return ConfirmationFeedback(
        confirmation=_member(Confirmation, data, "confirmation"),
        details=_parse_details(data),
        code=lenient.whole(data, "code", low=-CODE_MAX, high=CODE_MAX),
    )


def parse_auto_confirm(value: object) -> AutoConfirm:
    """Return the person who is not to be asked again; both members may be missing."""
    data = fields.members(value, "The auto-confirmation")
    return AutoConfirm(
        initiator=lenient.scalar_text(data, "initiator", limit=INITIATOR_LIMIT),
        remark=lenient.scalar_text(data, "remark"),
    )


def dump_config_data(config: ConfigData) -> dict[str, object]:
    """Return the body of ``configData``."""
    return {"mode": config.mode, "data": dict(config.data)}


def parse_config_data(value: object) -> ConfigData:
    """Attributes a device sends; the mode defaults to merge, numbers become texts."""
    data = fields.members(value, "The configuration data")
    mode = _member(MergeMode, data, "mode") if data.get("mode") is not None else MergeMode.MERGE
    found = fields.child(data, "data")
    if len(found) > ATTRIBUTES_LIMIT:
        raise QuotaExceeded(
            f"'data' has {len(found)} members, at most {ATTRIBUTES_LIMIT} are accepted."
        )
    return ConfigData({key: lenient.scalar_text(found, key) for key in found}, mode)


def _parse_links(data: fields.Json) -> dict[str, str]:
    if "_links" not in data:
        return {}
    if len(links := fields.child(data, "_links")) > LINKS_LIMIT:
        raise ProtocolError(f"The poll answer has more than {LINKS_LIMIT} links.")
    return {rel: fields.text(fields.child(links, rel), "href", limit=HREF_LIMIT) for rel in links}


def _dump_chunk(chunk: Chunk) -> dict[str, object]:
    return {
        "part": chunk.part,
        "name": chunk.name,
        "version": chunk.version,
        "artifacts": [_dump_artifact(artifact) for artifact in chunk.artifacts],
    }


def _dump_artifact(artifact: DdiArtifact) -> dict[str, object]:
    hashes = {"sha1": artifact.sha1, "md5": artifact.md5, "sha256": artifact.sha256}
    # "download-http" is what builds without TLS look for; "md5sum" is part of the protocol.
    suffixes = {"download": "", "download-http": "", "md5sum": ".MD5SUM", "md5sum-http": ".MD5SUM"}
    links = {rel: {"href": artifact.download + suffix} for rel, suffix in suffixes.items()}
    return {
        "filename": artifact.filename,
        "size": artifact.size,
        "hashes": {kind: value for kind, value in hashes.items() if value},
        "_links": links,
        **dump_offers(artifact.deltas),
    }


def _parse_chunk(data: fields.Json) -> Chunk:
    artifacts = fields.items(data, "artifacts", limit=ARTIFACTS_LIMIT)
    return Chunk(
        part=fields.text(data, "part"),
        name=fields.text(data, "name"),
        version=fields.text(data, "version"),
        artifacts=tuple(_parse_artifact(fields.members(a, "An artifact")) for a in artifacts),
    )


def _parse_artifact(data: fields.Json) -> DdiArtifact:
    hashes, links = fields.child(data, "hashes"), fields.child(data, "_links")
    rel = "download" if "download" in links else "download-http"
    return DdiArtifact(
        filename=fields.text(data, "filename"),
        size=fields.integer(data, "size"),
        sha256=fields.digest(hashes, "sha256"),
        download=fields.text(fields.child(links, rel), "href", limit=HREF_LIMIT),
        sha1=fields.text(hashes, "sha1", empty=True) if "sha1" in hashes else "",
        md5=fields.text(hashes, "md5", empty=True) if "md5" in hashes else "",
        deltas=parse_offers(data),
    )


def _parse_details(status: fields.Json) -> tuple[str, ...]:
    """Return the messages; one alone may come without its list."""
    told = status.get("details")
    if told is None:
        return ()
    if not isinstance(told, list):
        return (lenient.text_of(told, "'details'")[:DETAIL_LIMIT],)
    if len(told) > DETAILS_LIMIT:
        raise QuotaExceeded(
            f"'details' has {len(told)} items, at most {DETAILS_LIMIT} are accepted."
        )
    details = fields.items(status, "details", limit=DETAILS_LIMIT)
    return tuple(lenient.text_of(detail, "A detail")[:DETAIL_LIMIT] for detail in details)


def _parse_progress(result: fields.Json) -> tuple[int, int] | None:
    """Return how many steps of how many; clients that know no steps send an empty object."""
    if result.get("progress") is None:
        return None
    progress = fields.child(result, "progress")
    done, of = (lenient.whole(progress, name, high=PROGRESS_MAX) for name in ("cnt", "of"))
    return None if done is None or of is None else (done, of)


def _parse_timestamp(data: fields.Json) -> int | None:
    try:
        return lenient.whole(data, "timestamp", low=-fields.I53_MAX, high=fields.I53_MAX)
    except ProtocolError:
        return None


def _action_id(data: fields.Json, key: str) -> str:
    value = fields.text(data, key)
    if not _ACTION_ID.fullmatch(value):
        raise ProtocolError(f"'{key}' must be a decimal number.")
    return str(int(value))  # a cancel link may carry a leading zero, an id does not


def _member(kind: type[E], data: fields.Json, key: str) -> E:
    value = fields.text(data, key)
    try:
        return kind(value)
    except ValueError as error:
        known = ", ".join(kind)
        raise ProtocolError(f"'{key}' is '{value}'; known are {known}.") from error
