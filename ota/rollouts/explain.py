"""Why is this device (not) updating? One sentence from its newest assignment. Pure.

Support asks this more than anything else, so it is one answer and not a search through tables.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from ota.engine.states import FINISHED, AssignmentState, FailureCause, Kind, RolloutState, WaveState

A, R, W = AssignmentState, RolloutState, WaveState
FELL_BACK = FailureCause.FELL_BACK.value.replace("_", " ")


@dataclass(frozen=True, slots=True)
class LatestAssignment:
    """A device's newest assignment with what surrounds it."""

    state: AssignmentState
    kind: Kind
    cause: str
    text: str
    rollout: RolloutState
    rollout_reason: str
    wave: WaveState
    wave_number: int
    busy: bool  # another rollout has the device
    last_seen_at: datetime | None
    assigned_at: datetime | None
    held: str = ""  # why no update of its rollout may begin now
    awaits: str = ""  # whose word its rollout waits for
    runs: str = ""  # what the device says it runs, where that is not what it was told


@dataclass(frozen=True, slots=True)
class Way:
    """How a child is reached: its gateway, and when both were heard."""

    gateway: str
    gateway_seen_at: datetime | None
    child_seen_at: datetime | None
    now: datetime
    silent_after: timedelta


def explain(part: LatestAssignment | None, way: Way | None = None) -> str:
    """Return the sentence for people."""
    if part is None:
        return "No rollout has chosen this device yet."
    if way is not None and part.state not in FINISHED and (said := _way_blocked(way)):
        return said
    if part.state is A.PLANNED:
        return _waiting(part)
    if part.state is A.OFFERED and not _came_since(part):
        return "The update is offered, but the device has not polled since."
    if part.state is A.SUCCEEDED and part.runs:
        return f"The device took the update, and reports now that it runs {part.runs}."
    if part.state is A.FAILED and part.cause == FELL_BACK:
        return f"The device took the update and fell back by itself: {part.text}."
    return _SENTENCES[part.state].format(text=part.text or "no details", cause=part.cause)


def _way_blocked(way: Way) -> str:
    """Return which of the two is silent; empty where the child is heard."""
    if not _silent(way, way.child_seen_at):
        return ""
    if _silent(way, way.gateway_seen_at):
        return f"It waits for its gateway {way.gateway}, {_heard(way, way.gateway_seen_at)}."
    return (
        f"Its gateway {way.gateway} is heard, but does not reach it: "
        f"the device was {_heard(way, way.child_seen_at)}."
    )


def _silent(way: Way, seen_at: datetime | None) -> bool:
    return seen_at is None or way.now - seen_at > way.silent_after


def _heard(way: Way, seen_at: datetime | None) -> str:
    if seen_at is None:
        return "never heard"
    seconds = max(int((way.now - seen_at).total_seconds()), 0)
    for unit, size in (("days", 172_800), ("h", 7_200), ("min", 120)):
        if seconds >= size:
            return f"last heard {seconds // (size // 2)} {unit} ago"
    return f"last heard {seconds} s ago"


def _came_since(part: LatestAssignment) -> bool:
    """Without times nobody can say, and then silence is the likelier reason."""
    if part.last_seen_at is None or part.assigned_at is None:
        return False
    return part.last_seen_at > part.assigned_at


def _waiting(part: LatestAssignment) -> str:
    if part.rollout is R.PAUSED:
        return f"Its rollout is paused: {part.rollout_reason or 'no reason given'}."
    if part.busy:
        return "Another rollout is updating this device; this one comes after it."
    if part.wave is W.PENDING and part.kind is Kind.UPDATE and not part.held:
        if part.awaits:
            return f"It waits for wave {part.wave_number}. {part.awaits}"
        return f"It waits for wave {part.wave_number}: the waves before have to pass first."
    if part.held and part.kind is Kind.UPDATE:
        return f"It waits: {part.held}."
    return "It waits for a free place: as many devices as allowed are being updated now."


_SENTENCES: dict[AssignmentState, str] = {
    A.ASSIGNED: "Its instruction is about to be signed.",
    A.OFFERED: "The update is offered; the device has polled and not fetched it yet.",
    A.RETRIEVED: "The device has read its instruction.",
    A.DOWNLOADING: "The device is downloading: {text}.",
    A.DOWNLOADED: "The device has downloaded the update and will install it.",
    A.INSTALLING: "The device is installing: {text}.",
    A.CANCELLING: "The device was asked to stop and has not answered yet.",
    A.SUCCEEDED: "The device runs what it was told to run.",
    A.FAILED: "The installation failed ({cause}): {text}.",
    A.TIMED_OUT: "The device fell silent ({cause}): {text}.",
    A.CANCELLED: "Its update was withdrawn: {text}.",
    A.SKIPPED: "It was left out: {text}.",
}
