"""Consent to one update, and to all that follow.

* While it is asked for, the device is told of no deployment; the update stays offered.
* A "no" waits for another word, unless the rollout says that it closes the action.
* That nobody is to be asked again is kept with the device; what waits is confirmed at once.
"""

from typing import Any

from django.db import transaction

from device_agent.protocol.ddi import AutoConfirm, Confirmation, ConfirmationFeedback
from fleet.devices import services as devices
from fleet.devices.choices import EventKind
from fleet.devices.models import Device
from fleet.lib import clock
from fleet.lib.db import compare_and_set
from fleet.lib.errors import Conflict, Gone, NotFound
from fleet.lib.jobs import enqueue
from ota.choices import UNCONFIRMED, Consent
from ota.delivery.handling import Denied, parse_delivery
from ota.engine.states import FINISHED, AssignmentState, FailureCause
from ota.engine.transitions import AssignmentStep
from ota.models import Assignment, AssignmentEvent, DeviceUpdateState
from ota.rollouts.transitions import TICK_TASK, assignment_transition
from ota.services.assignment import assignment_of, busy, require_room


def awaiting_of(device: Device, action_id: int) -> Assignment:
    """Return the device's action that waits for consent. Raises NotFound, Gone."""
    row = assignment_of(device, action_id)
    if AssignmentState(row.state) in FINISHED:
        raise Gone(f"Action {action_id} has ended: {row.state.replace('_', ' ')}.")
    if row.consent not in UNCONFIRMED:
        raise NotFound(f"Action {action_id} does not wait for consent.")
    return row


@transaction.atomic
def confirmation_answer(
    *, device: Device, action_id: int, feedback: ConfirmationFeedback
) -> Assignment:
    """Take the user's word on one update."""
    row = awaiting_of(device, action_id)
    require_room(row)
    yes = feedback.confirmation is Confirmation.CONFIRMED
    word = Consent.CONFIRMED if yes else Consent.DENIED
    if not _store_word(row, word, "; ".join(feedback.details)):
        raise busy(action_id)
    if word is Consent.DENIED and parse_delivery(row.delivery).denied is Denied.CLOSE:
        _close(row)
    return row


@transaction.atomic
def auto_confirm_activate(*, device: Device, said: AutoConfirm) -> None:
    """Ask this device's user no more. Raises Conflict where that was said already."""
    kept = {"initiator": said.initiator, "remark": said.remark, "at": clock.now().isoformat()}
    state, _ = DeviceUpdateState.objects.get_or_create(device=device)
    free = DeviceUpdateState.objects.filter(pk=state.pk, auto_confirm__isnull=True)
    if not compare_and_set(free, auto_confirm=kept):
        raise Conflict("Updates of this device are confirmed by themselves already.")
    for row in Assignment.objects.filter(device=device, consent__in=sorted(UNCONFIRMED)):
        if AssignmentState(row.state) not in FINISHED:
            _store_word(row, Consent.CONFIRMED, "confirmed by itself")
    text = f"Updates need no consent from now on ({said.initiator or 'the device'})"
    devices.device_event(device, EventKind.UPDATE, text, kept)


@transaction.atomic
def auto_confirm_deactivate(*, device: Device) -> None:
    """Ask again from the next update on. Saying it twice changes nothing."""
    active = DeviceUpdateState.objects.filter(device=device, auto_confirm__isnull=False)
    if compare_and_set(active, auto_confirm=None):
        devices.device_event(device, EventKind.UPDATE, "Updates need consent again")


def auto_confirm_of(device: Device) -> dict[str, Any] | None:
    """Return who said that this device's user is no longer asked; None where each update is."""
    rows = DeviceUpdateState.objects.filter(device=device)
    return rows.values_list("auto_confirm", flat=True).first()


def _store_word(row: Assignment, word: Consent, text: str) -> bool:
    now = clock.now()
    same = Assignment.objects.filter(pk=row.pk, state=row.state, consent=row.consent)
    if not compare_and_set(same, consent=word, since=now, reports=row.reports + 1):
        return False
    row.consent = word
    AssignmentEvent.objects.create(
        assignment=row, step=word.value, state=row.state, text=text[:500], at=now
    )
    return True


def _close(row: Assignment) -> None:
    text = "the device's user said no"
    cause = FailureCause.REJECTED
    if assignment_transition(row, AssignmentStep.FAIL, now=clock.now(), text=text, cause=cause):
        enqueue(TICK_TASK, row.rollout_id)
