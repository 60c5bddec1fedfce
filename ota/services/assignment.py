"""What devices say about their assignments, applied to the one assignment they speak of.

* Another device's action does not exist for the caller.
* The same final word twice is one word; a contradicting one is refused as gone.
* What a device says is bounded in size and number.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F

from device_agent.protocol.ddi import Execution, Feedback, Finished
from fleet.devices import services as devices
from fleet.devices.choices import EventKind
from fleet.devices.models import Device
from fleet.lib import clock
from fleet.lib.db import compare_and_set
from fleet.lib.errors import Gone, NotFound, Stale, TooManyRequests
from fleet.lib.jobs import enqueue
from ota.choices import UNCONFIRMED
from ota.delivery.handling import parse_delivery
from ota.engine.states import FINISHED, OFFERABLE, AssignmentState, Kind
from ota.engine.transitions import ASSIGNMENT, AssignmentStep
from ota.models import Assignment, AssignmentEvent, DeviceUpdateState
from ota.models.assignment import TEXT_MAX
from ota.rollouts.running import installed_by
from ota.rollouts.transitions import TICK_TASK, assignment_transition
from ota.services.failure_cause import cause_of

REPORTS_MAX = 1000  # status reports of one assignment
TRIES = 3  # against another writer of the same row
SILENT_RETRY_SECONDS = 60

A, S = AssignmentState, AssignmentStep
STEPS: Mapping[tuple[Execution, Finished], AssignmentStep] = {
    (Execution.CLOSED, Finished.SUCCESS): S.SUCCEED,
    (Execution.CLOSED, Finished.NONE): S.SUCCEED,
    (Execution.CLOSED, Finished.FAILURE): S.FAIL,
    **{
        (execution, finished): S.PROCEED
        for execution in (Execution.PROCEEDING, Execution.SCHEDULED, Execution.RESUMED)
        for finished in Finished
    },
    **{(Execution.DOWNLOAD, finished): S.DOWNLOAD for finished in Finished},
    **{(Execution.DOWNLOADED, finished): S.DOWNLOADED for finished in Finished},
}
# The final word of a state, to tell a repeat from a contradiction.
WORDS = {A.SUCCEEDED: S.SUCCEED, A.FAILED: S.FAIL, A.CANCELLED: S.CANCEL_ACCEPTED}
# A device cannot speak of what it was never offered.
UNOFFERED = frozenset({A.PLANNED, A.ASSIGNED})


def assignment_of(device: Device, action_id: int) -> Assignment:
    """Return the device's own assignment. Raises NotFound for any other, and for one not offered
    yet.
    """
    rows = Assignment.objects.select_related("release__version__model", "artifact")
    row = rows.filter(pk=action_id, device=device).first()
    if row is None or not _was_offered(row):
        raise NotFound(f"There is no action {action_id} for this device.")
    row.device = device
    return row


def confirmed_of(device: Device, action_id: int) -> Assignment:
    """Return it, unless the device's user has still to agree. Raises NotFound."""
    row = assignment_of(device, action_id)
    if row.consent in UNCONFIRMED and A(row.state) in OFFERABLE:
        raise NotFound(f"Action {action_id} waits for the consent of the device's user.")
    return row


def _was_offered(row: Assignment) -> bool:
    if A(row.state) is A.SKIPPED:  # perhaps before it was signed, perhaps while it was under way
        return row.instructions.exists()
    return A(row.state) not in UNOFFERED and row.assigned_at is not None


@transaction.atomic
def assignment_retrieve(*, device: Device, action_id: int) -> Assignment:
    """Note that the device reads its deployment. Raises NotFound where it may not, or no longer."""
    for _ in range(TRIES):
        row = confirmed_of(device, action_id)
        if A(row.state) not in OFFERABLE:
            raise NotFound(f"Action {action_id} is not open.")
        if row.state != A.OFFERED or assignment_transition(row, S.RETRIEVE, now=clock.now()):
            return row
    raise busy(action_id)


@transaction.atomic
def assignment_update(*, device: Device, action_id: int, feedback: Feedback) -> Assignment:
    """Apply a deployment's feedback."""
    for _ in range(TRIES):
        row = confirmed_of(device, action_id)
        step = _step(row, feedback)
        if A(row.state) in FINISHED and (A(row.state), step) not in ASSIGNMENT:
            return _repeat(row, step)
        if report_apply(row, step, feedback):
            return row
    raise busy(action_id)


def _step(row: Assignment, feedback: Feedback) -> AssignmentStep | None:
    if feedback.execution is Execution.CANCELED and row.state in (A.CANCELLING, A.CANCELLED):
        return S.CANCEL_ACCEPTED
    if feedback.execution is Execution.DOWNLOADED and not _installs(row):
        return S.SUCCEED
    return STEPS.get((feedback.execution, feedback.finished))


def _installs(row: Assignment) -> bool:
    return parse_delivery(row.delivery).installs()


def _repeat(row: Assignment, step: AssignmentStep | None) -> Assignment:
    """Accept the same final report again: clients send again when an answer was lost."""
    if step is not None and WORDS.get(A(row.state)) is step:
        return row
    raise Gone(f"Action {row.pk} has ended: {A(row.state).value.replace('_', ' ')}.")


def report_apply(row: Assignment, step: AssignmentStep | None, feedback: Feedback) -> bool:
    """Move and note what was said; False when somebody else moved the row first."""
    require_room(row)
    now = clock.now()
    if step is None:
        return report_note(row, feedback.execution, feedback, now)
    changes, text, detail = _changes(row, step, feedback), _text(feedback), _detail(feedback)
    if not assignment_transition(row, step, now=now, text=text, detail=detail, **changes):
        return False
    _after(row, step, now)
    return True


def require_room(row: Assignment) -> None:
    """Raise TooManyRequests where the device has said enough of this action."""
    if row.reports >= REPORTS_MAX:
        sentence = f"Action {row.pk} has {REPORTS_MAX} reports; no more are kept."
        extra = {"retry_after_seconds": SILENT_RETRY_SECONDS}
        raise TooManyRequests(sentence, extra=extra)


def _changes(row: Assignment, step: AssignmentStep, feedback: Feedback) -> dict[str, Any]:
    changes: dict[str, Any] = {"reports": F("reports") + 1}
    if feedback.progress is not None:
        changes["progress_done"], changes["progress_of"] = feedback.progress
    if step is S.FAIL:
        changes["cause"] = cause_of(feedback)
    if step is S.SUCCEED:
        changes["cause"] = ""
    if step is S.CANCEL_REFUSED:
        changes["cancel_refused"] = True
    return changes


def report_note(row: Assignment, step: str, feedback: Feedback, now: datetime) -> bool:
    """News that moves nothing (a warning): kept, and a sign of life."""
    alive = Assignment.objects.filter(pk=row.pk, state=row.state)
    if not compare_and_set(alive, since=now, reports=F("reports") + 1):
        return False
    AssignmentEvent.objects.create(
        assignment=row,
        step=step,
        state=row.state,
        text=_text(feedback),
        detail=_detail(feedback),
        at=now,
    )
    return True


def _after(row: Assignment, step: AssignmentStep, now: datetime) -> None:
    if step is S.SUCCEED and _installs(row):
        _installed(row)
    elif step is S.SUCCEED:  # it has the file, and runs what it ran: there is no way back to plan
        Assignment.objects.filter(pk=row.pk).update(reverted=True)
    if A(row.state) in FINISHED:
        word = A(row.state).value
        text = f"{_what(row)}: {word}" + (f" ({row.text})" if row.text else "")
        detail = {"assignment": row.public_id, "release": row.release.public_id, "cause": row.cause}
        devices.device_event(row.device, EventKind.UPDATE, text, detail)
        enqueue(TICK_TASK, row.rollout_id)


def _installed(row: Assignment) -> None:
    # The slot before the device, as everywhere: two calls of one device must not wait in a circle.
    DeviceUpdateState.objects.update_or_create(
        device=row.device, defaults={"installed": row, "config_wanted": True}
    )
    devices.device_report(device=row.device, running=installed_by(row))


def _what(row: Assignment) -> str:
    back = "Back to" if row.kind == Kind.ROLLBACK else "Update to"
    return f"{back} {row.release.title}"


def _text(feedback: Feedback) -> str:
    return "; ".join(detail for detail in feedback.details if detail)[:TEXT_MAX]


def _detail(feedback: Feedback) -> dict[str, Any]:
    kept: dict[str, Any] = {"execution": feedback.execution, "finished": feedback.finished}
    if len(feedback.details) > 1:  # one alone is the event's text
        kept["messages"] = list(feedback.details)
    if feedback.code is not None:
        kept["code"] = feedback.code
    if feedback.progress is not None:
        kept["progress"] = list(feedback.progress)
    return kept


def busy(action_id: int) -> Stale:
    """Return the error for a row that never held still."""
    return Stale(f"Action {action_id} is being changed; send it again.")
