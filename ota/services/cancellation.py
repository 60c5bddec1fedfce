"""What devices answer to a cancellation.

* A device that has read its deployment is asked, and its answer decides.
* A person may take back one device's update, and end a cancellation that is not answered.
* One that had not read it is told all the same, for its client may know the number: nothing waits
  for that answer, and whatever it says, there is nothing left to install.
"""

from django.db import transaction
from django.db.models import QuerySet

from device_agent.protocol.ddi import Execution, Feedback, Finished
from fleet.access import audit
from fleet.devices.models import Device
from fleet.lib import clock
from fleet.lib.actor import Actor
from fleet.lib.db import compare_and_set
from fleet.lib.errors import Conflict, NotFound
from fleet.lib.jobs import enqueue
from ota.engine.states import AssignmentState
from ota.engine.transitions import ASSIGNMENT, AssignmentStep
from ota.models import Assignment, DeviceUpdateState
from ota.rollouts.apply import withdraw
from ota.rollouts.transitions import TICK_TASK, assignment_transition
from ota.services.assignment import (
    TRIES,
    assignment_of,
    busy,
    report_apply,
    report_note,
    require_room,
)

A, S = AssignmentState, AssignmentStep
FINAL = frozenset({Execution.CLOSED, Execution.CANCELED, Execution.REJECTED})


def cancellation_of(device: Device, action_id: int) -> Assignment:
    """Return the device's assignment that it is to stop. Raises NotFound for any other."""
    row = assignment_of(device, action_id)
    if row.state == A.CANCELLING or _withdrawn(row).exists():
        return row
    raise NotFound(f"Action {action_id} is not being cancelled.")


@transaction.atomic
def assignment_cancel_answer(*, device: Device, action_id: int, feedback: Feedback) -> Assignment:
    """Apply a cancellation's feedback: accepted, refused, or just news."""
    for _ in range(TRIES):
        row = assignment_of(device, action_id)
        step = _step(feedback)
        if row.state == A.CANCELLING:
            heard = report_apply(row, step, feedback)
        elif _withdrawn(row).exists():
            heard = _acknowledged(row, step, feedback)
        else:
            return _repeat(row, step)
        if heard:
            return row
    raise busy(action_id)


@transaction.atomic
def assignment_cancel(*, by: Actor, assignment: Assignment, reason: str) -> Assignment:
    """Take one device's update back. Raises Conflict for one that has ended or is being
    cancelled.
    """
    if (A(assignment.state), S.CANCEL) not in ASSIGNMENT:
        word = assignment.state.replace("_", " ")
        raise Conflict(f"Action {assignment.pk} cannot be cancelled: it is {word}.")
    if not withdraw(assignment, reason, clock.now()):
        raise busy(assignment.pk)
    enqueue(TICK_TASK, assignment.rollout_id)
    _record(by, "cancel", assignment, reason)
    return assignment


@transaction.atomic
def assignment_cancel_now(*, by: Actor, assignment: Assignment, reason: str) -> Assignment:
    """End a cancellation without the device's answer. Raises Conflict for any other action."""
    waiting = _withdrawn(assignment)
    if assignment.state == A.CANCELLING:
        now = clock.now()
        if not assignment_transition(assignment, S.CANCEL_ACCEPTED, now=now, text=reason):
            raise busy(assignment.pk)
        enqueue(TICK_TASK, assignment.rollout_id)
    elif not compare_and_set(waiting, withdrawn=None):
        raise Conflict(f"Action {assignment.pk} is not being cancelled.")
    _record(by, "cancel_now", assignment, reason)
    return assignment


def _record(by: Actor, act: str, row: Assignment, reason: str) -> None:
    detail = {"reason": reason[:300], "device": row.device.controller_id}
    audit.record(by=by, action=f"ota.assignment_{act}", subject=row.public_id, detail=detail)


def _withdrawn(row: Assignment) -> QuerySet[DeviceUpdateState]:
    return DeviceUpdateState.objects.filter(device_id=row.device_id, withdrawn=row)


def _step(feedback: Feedback) -> AssignmentStep | None:
    if feedback.execution not in FINAL:
        return None
    refused = feedback.finished is Finished.FAILURE or feedback.execution is Execution.REJECTED
    return S.CANCEL_REFUSED if refused else S.CANCEL_ACCEPTED


def _acknowledged(row: Assignment, step: AssignmentStep | None, feedback: Feedback) -> bool:
    require_room(row)
    if step is not None and not compare_and_set(_withdrawn(row), withdrawn=None):
        return False
    return report_note(row, step or feedback.execution, feedback, clock.now())


def _repeat(row: Assignment, step: AssignmentStep | None) -> Assignment:
    """Accept the same report again: clients send again when an answer was lost."""
    known = (row.state == A.CANCELLED and step is S.CANCEL_ACCEPTED) or (
        row.cancel_refused and step is S.CANCEL_REFUSED
    )
    if known:
        return row
    raise NotFound(f"Action {row.pk} is not being cancelled.")
