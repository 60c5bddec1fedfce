"""Why is this device (not) updating? One sentence from its newest assignment. Pure.

Support asks this more than anything else, so it is one answer and not a search through tables.
"""

from dataclasses import dataclass
from datetime import datetime

from ota.engine.states import AssignmentState, FailureCause, Kind, RolloutState, WaveState

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
    runs: str = ""  # what the device says it runs, where that is not what it was told


def explain(part: LatestAssignment | None) -> str:
    """Return the sentence for people."""
    if part is None:
        return "No rollout has chosen this device yet."
    if part.state is A.PLANNED:
        return _waiting(part)
    if part.state is A.OFFERED and not _came_since(part):
        return "The update is offered, but the device has not polled since."
    if part.state is A.SUCCEEDED and part.runs:
        return f"The device took the update, and reports now that it runs {part.runs}."
    if part.state is A.FAILED and part.cause == FELL_BACK:
        return f"The device took the update and fell back by itself: {part.text}."
    return _SENTENCES[part.state].format(text=part.text or "no details", cause=part.cause)


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
    if part.wave is W.PENDING and part.kind is Kind.UPDATE:
        return f"It waits for wave {part.wave_number}: the waves before have to pass first."
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
