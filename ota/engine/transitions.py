"""Every legal move, as tables that can be read aloud; a pair that is not here is refused.

* A failed wave opens again only by an operator's retry, never by the engine. None is skipped once
  it has failed.
* A wave that had passed opens again for devices that came later.
* A device that has not seen its instruction is cancelled at once; one that has seen it is asked.
* A late result of a timed-out device is still believed: it says what the device runs. So is the
  success of one that was left out while it was under way, and the fall of one that had succeeded.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import TypeVar

from ota.engine.states import (
    SEEN,
    UNFINISHED,
    AssignmentState,
    ReleaseState,
    RolloutState,
    WaveState,
)


class RolloutStep(StrEnum):
    """What can happen to a rollout."""

    START = "start"
    PAUSE = "pause"
    RESUME = "resume"
    ABORT = "abort"
    ABORT_DONE = "abort_done"
    ROLL_BACK = "roll_back"
    ROLL_BACK_DONE = "roll_back_done"
    FINISH = "finish"
    AGAIN = "again"  # devices on which it failed are tried again


class WaveStep(StrEnum):
    """What can happen to a wave."""

    OPEN = "open"
    SOAK = "soak"
    PASS = "pass"  # noqa: S105 - a step, not a password
    FAIL = "fail"
    RETRY = "retry"
    CLOSE = "close"
    SKIP = "skip"  # goes on by a person's word, before it was judged
    JOIN = "join"


class AssignmentStep(StrEnum):
    """What can happen to one device's part."""

    ASSIGN = "assign"
    OFFER = "offer"
    RETRIEVE = "retrieve"
    DOWNLOAD = "download"
    DOWNLOADED = "downloaded"
    PROCEED = "proceed"
    SUCCEED = "succeed"
    FAIL = "fail"
    EXPIRE = "expire"
    CANCEL = "cancel"
    CANCEL_ACCEPTED = "cancel_accepted"
    CANCEL_REFUSED = "cancel_refused"
    SKIP = "skip"
    FALL_BACK = "fall_back"


class ReleaseStep(StrEnum):
    """What can happen to a release."""

    APPROVE = "approve"
    PUBLISH = "publish"
    REVOKE = "revoke"


class IllegalTransition(Exception):
    """A step that the table does not have; the sentence names both."""

    def __init__(self, state: StrEnum, step: StrEnum) -> None:
        super().__init__(f"{step.value.replace('_', ' ')} is not possible in state {state.value}")
        self.state, self.step = state, step


R, RS, W, WS = RolloutState, RolloutStep, WaveState, WaveStep
A, AS, L, LS = AssignmentState, AssignmentStep, ReleaseState, ReleaseStep

ROLLOUT: Mapping[tuple[RolloutState, RolloutStep], RolloutState] = {
    (R.DRAFT, RS.START): R.RUNNING,
    (R.DRAFT, RS.ABORT): R.ABORTED,
    (R.RUNNING, RS.PAUSE): R.PAUSED,
    (R.RUNNING, RS.ABORT): R.ABORTING,
    (R.RUNNING, RS.ROLL_BACK): R.ROLLING_BACK,
    (R.RUNNING, RS.FINISH): R.DONE,
    (R.PAUSED, RS.RESUME): R.RUNNING,
    (R.PAUSED, RS.ABORT): R.ABORTING,
    (R.PAUSED, RS.ROLL_BACK): R.ROLLING_BACK,
    (R.ABORTING, RS.ABORT_DONE): R.ABORTED,
    (R.ABORTING, RS.ROLL_BACK): R.ROLLING_BACK,
    (R.ABORTED, RS.ROLL_BACK): R.ROLLING_BACK,
    (R.DONE, RS.ROLL_BACK): R.ROLLING_BACK,
    (R.ROLLING_BACK, RS.ROLL_BACK_DONE): R.ROLLED_BACK,
    (R.RUNNING, RS.AGAIN): R.RUNNING,
    (R.PAUSED, RS.AGAIN): R.PAUSED,
    (R.DONE, RS.AGAIN): R.RUNNING,
}

WAVE: Mapping[tuple[WaveState, WaveStep], WaveState] = {
    (W.PENDING, WS.OPEN): W.UPDATING,
    (W.PENDING, WS.CLOSE): W.CLOSED,
    (W.UPDATING, WS.SOAK): W.SOAKING,
    (W.UPDATING, WS.FAIL): W.FAILED,
    (W.UPDATING, WS.CLOSE): W.CLOSED,
    (W.SOAKING, WS.PASS): W.PASSED,
    (W.SOAKING, WS.FAIL): W.FAILED,
    (W.SOAKING, WS.CLOSE): W.CLOSED,
    (W.FAILED, WS.RETRY): W.UPDATING,
    (W.UPDATING, WS.SKIP): W.PASSED,
    (W.SOAKING, WS.SKIP): W.PASSED,
    (W.PASSED, WS.JOIN): W.UPDATING,
}

_PROGRESS: Mapping[AssignmentStep, AssignmentState] = {
    AS.RETRIEVE: A.RETRIEVED,
    AS.DOWNLOAD: A.DOWNLOADING,
    AS.DOWNLOADED: A.DOWNLOADED,
    AS.PROCEED: A.INSTALLING,
    AS.SUCCEED: A.SUCCEEDED,
    AS.FAIL: A.FAILED,
    AS.EXPIRE: A.TIMED_OUT,
}


def _seen(state: AssignmentState) -> dict[tuple[AssignmentState, AssignmentStep], AssignmentState]:
    moves = {(state, step): target for step, target in _PROGRESS.items()}
    # Reading the deployment again is neither progress nor a step back.
    moves[state, AS.RETRIEVE] = state
    moves[state, AS.CANCEL] = A.CANCELLING
    return moves


ASSIGNMENT: Mapping[tuple[AssignmentState, AssignmentStep], AssignmentState] = {
    (A.PLANNED, AS.ASSIGN): A.ASSIGNED,
    (A.PLANNED, AS.CANCEL): A.CANCELLED,
    (A.ASSIGNED, AS.OFFER): A.OFFERED,
    (A.ASSIGNED, AS.CANCEL): A.CANCELLED,
    **{(A.OFFERED, step): target for step, target in _PROGRESS.items()},
    (A.OFFERED, AS.CANCEL): A.CANCELLED,
    **{move: target for state in sorted(SEEN) for move, target in _seen(state).items()},
    # Progress does not take the wish to cancel back; only the device's answer ends it.
    (A.CANCELLING, AS.RETRIEVE): A.CANCELLING,
    (A.CANCELLING, AS.DOWNLOAD): A.CANCELLING,
    (A.CANCELLING, AS.DOWNLOADED): A.CANCELLING,
    (A.CANCELLING, AS.PROCEED): A.CANCELLING,
    (A.CANCELLING, AS.CANCEL_ACCEPTED): A.CANCELLED,
    (A.CANCELLING, AS.CANCEL_REFUSED): A.INSTALLING,
    (A.CANCELLING, AS.SUCCEED): A.SUCCEEDED,
    (A.CANCELLING, AS.FAIL): A.FAILED,
    (A.CANCELLING, AS.EXPIRE): A.TIMED_OUT,
    (A.TIMED_OUT, AS.SUCCEED): A.SUCCEEDED,
    (A.TIMED_OUT, AS.FAIL): A.FAILED,
    **{(state, AS.SKIP): A.SKIPPED for state in sorted(UNFINISHED)},
    (A.SKIPPED, AS.SUCCEED): A.SUCCEEDED,
    (A.SUCCEEDED, AS.FALL_BACK): A.FAILED,
}

RELEASE: Mapping[tuple[ReleaseState, ReleaseStep], ReleaseState] = {
    (L.DRAFT, LS.APPROVE): L.APPROVED,
    # More than one may be asked for; and what left before signatures were, can be signed later.
    (L.APPROVED, LS.APPROVE): L.APPROVED,
    (L.PUBLISHED, LS.APPROVE): L.PUBLISHED,
    (L.DRAFT, LS.REVOKE): L.REVOKED,
    (L.APPROVED, LS.PUBLISH): L.PUBLISHED,
    (L.APPROVED, LS.REVOKE): L.REVOKED,
    (L.PUBLISHED, LS.REVOKE): L.REVOKED,
}

S = TypeVar("S", bound=StrEnum)
E = TypeVar("E", bound=StrEnum)


def advance(table: Mapping[tuple[S, E], S], state: S, step: E) -> S:
    """Return the state after the step, or IllegalTransition."""
    try:
        return table[state, step]
    except KeyError:
        raise IllegalTransition(state, step) from None
