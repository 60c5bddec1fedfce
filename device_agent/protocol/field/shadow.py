"""Shadow: an order to run a challenger beside the model of a device, and what came of it.

The poll link ``shadow`` serves the order and takes the reports. A report holds totals of one boot,
champion and challenger, so one that is lost is healed by the next, and one that comes twice changes
nothing.
"""

from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import parse_qs, urlsplit

from device_agent.protocol import fields
from device_agent.protocol.delta.offer import HREF_LIMIT
from device_agent.protocol.errors import ProtocolError
from device_agent.protocol.fields import I53_MAX, U32_MAX
from device_agent.protocol.instruction import ARTIFACT_BYTES_LIMIT, ArtifactName
from device_agent.protocol.manifest import CLASSES_LIMIT

REL = "shadow"  # the poll's link
ID_MAX = 64  # characters
EVERY_MAX = 1_000_000
TIME_MS_MAX = 60_000
MEMORY_MIB_MIN, MEMORY_MIB_MAX = 64, 16 * 1024
PAIRS_MAX = 4_096  # different pairs of classes in a report
REASON_MAX = 300  # characters


class ShadowState(StrEnum):
    """How far a device is with a challenger."""

    WAITING = "waiting"
    RUNNING = "running"
    STOPPED = "stopped"  # by itself: it crashed, or was over its budget
    REFUSED = "refused"  # it did not verify, or does not fit the champion


@dataclass(frozen=True, slots=True)
class ShadowOrder:
    """What to run on every ``every``-th inference, within which budgets, until which Unix time."""

    id: str
    every: int
    time_ms: int
    memory_mib: int
    until: int
    model: str
    version: str
    target: str
    artifact: ArtifactName
    tuf_path: str
    download: str
    statement: object  # the builder's signed statement of the artifact


@dataclass(frozen=True, slots=True)
class ShadowReport:
    """Totals since the boot: pairs are (champion's class, challenger's class, inferences)."""

    id: str
    champion: str  # the label of the version that the device runs
    boot_id: int
    seq: int
    state: ShadowState
    reason: str
    ran: int
    skipped: int  # turns that came while the challenger was at work
    pairs: tuple[tuple[int, int, int], ...]


def id_of(url: str) -> str:
    """Which order a poll's link is for."""
    named = parse_qs(urlsplit(url).query).get("id", [""])
    return named[0][:ID_MAX]


def dump_order(order: ShadowOrder) -> dict[str, object]:
    """The answer to a device."""
    name = order.artifact
    plain = ("id", "every", "time_ms", "memory_mib", "until", "model", "version", "target")
    return {
        **{key: getattr(order, key) for key in plain},
        "artifact": {"name": name.name, "sha256": name.sha256, "length": name.length},
        "tuf_path": order.tuf_path,
        "download": order.download,
        "statement": order.statement,
    }


def parse_order(value: object) -> ShadowOrder:
    """An order, bounded; nothing in it is proven yet."""
    data = fields.members(value, "The shadow order")
    named = fields.child(data, "artifact")
    length = fields.integer(named, "length", low=1, high=ARTIFACT_BYTES_LIMIT)
    return ShadowOrder(
        id=fields.name(data, "id"),
        every=fields.integer(data, "every", low=1, high=EVERY_MAX),
        time_ms=fields.integer(data, "time_ms", low=1, high=TIME_MS_MAX),
        memory_mib=fields.integer(data, "memory_mib", low=MEMORY_MIB_MIN, high=MEMORY_MIB_MAX),
        until=fields.integer(data, "until"),
        artifact=ArtifactName(fields.name(named, "name"), fields.digest(named, "sha256"), length),
        download=fields.text(data, "download", limit=HREF_LIMIT),
        statement=data.get("statement"),
        **{key: fields.text(data, key) for key in ("model", "version", "target", "tuf_path")},
    )


def dump_report(report: ShadowReport) -> dict[str, object]:
    """The body of a report."""
    plain = ("id", "champion", "boot_id", "seq", "state", "reason", "ran", "skipped")
    return {
        **{key: getattr(report, key) for key in plain},
        "pairs": [list(pair) for pair in report.pairs],
    }


def parse_report(value: object) -> ShadowReport:
    """A report, bounded, whose pairs add up to what ran."""
    data = fields.members(value, "The shadow report")
    state = fields.text(data, "state")
    if state not in tuple(ShadowState):
        raise ProtocolError(f"'state' must be one of {', '.join(ShadowState)}.")
    ran = fields.integer(data, "ran", high=I53_MAX)
    pairs = tuple(_pair(pair) for pair in fields.items(data, "pairs", limit=PAIRS_MAX))
    if len({pair[:2] for pair in pairs}) != len(pairs):
        raise ProtocolError("'pairs' names a pair of classes twice.")
    if sum(pair[2] for pair in pairs) != ran:
        raise ProtocolError("'pairs' must add up to 'ran'.")
    return ShadowReport(
        id=fields.name(data, "id"),
        champion=fields.text(data, "champion"),
        boot_id=fields.integer(data, "boot_id", high=U32_MAX),
        seq=fields.integer(data, "seq", high=U32_MAX),
        state=ShadowState(state),
        reason=fields.text(data, "reason", limit=REASON_MAX, empty=True),
        ran=ran,
        skipped=fields.integer(data, "skipped", high=I53_MAX),
        pairs=pairs,
    )


def _pair(value: object) -> tuple[int, int, int]:
    if not isinstance(value, list) or len(value) != 3:
        raise ProtocolError("A pair must be [champion's class, challenger's class, number].")
    data = dict(zip(("champion", "challenger", "number"), value, strict=True))
    champion, challenger = (
        fields.integer(data, key, high=CLASSES_LIMIT - 1) for key in ("champion", "challenger")
    )
    return champion, challenger, fields.integer(data, "number", low=1)
