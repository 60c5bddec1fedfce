"""The update as a state machine: a table of legal steps, and what each step does to the state.

    IDLE       --accept-->   FETCHING
    FETCHING   --accept-->   FETCHING    (another instruction supersedes)
    FETCHING   --fetched-->  INSTALLING
    FETCHING, INSTALLING --cancel, fail--> IDLE
    INSTALLING --accept-->   FETCHING
    INSTALLING --switch-->   TRIAL       <- the point of no return: cancel is refused from here on
    TRIAL      --confirm-->  IDLE        (the new slot is the good one)
    TRIAL      --revert-->   IDLE        (the old slot is, as it was all the time)

Pure: state in, state out. Whoever calls makes the new state durable before acting on it.
"""

from enum import StrEnum
from types import MappingProxyType

from device_agent.state.record import (
    ENDED_LIMIT,
    FAILED_LIMIT,
    OUTBOX_LIMIT,
    REASON_LIMIT,
    ActionOutcome,
    AgentState,
    SlotContent,
    UpdatePhase,
)

STARTS_LIMIT = 3  # starts without a sign of health before a slot is given up
RUNNING = "Already running it."


class Event(StrEnum):
    """What happens."""

    ACCEPT = "accept"
    FETCHED = "fetched"
    SWITCH = "switch"
    CONFIRM = "confirm"
    REVERT = "revert"
    CANCEL = "cancel"
    FAIL = "fail"


TRANSITIONS = MappingProxyType(
    {
        (UpdatePhase.IDLE, Event.ACCEPT): UpdatePhase.FETCHING,
        (UpdatePhase.FETCHING, Event.ACCEPT): UpdatePhase.FETCHING,
        (UpdatePhase.INSTALLING, Event.ACCEPT): UpdatePhase.FETCHING,
        (UpdatePhase.FETCHING, Event.FETCHED): UpdatePhase.INSTALLING,
        (UpdatePhase.INSTALLING, Event.SWITCH): UpdatePhase.TRIAL,
        (UpdatePhase.TRIAL, Event.CONFIRM): UpdatePhase.IDLE,
        (UpdatePhase.TRIAL, Event.REVERT): UpdatePhase.IDLE,
        (UpdatePhase.FETCHING, Event.CANCEL): UpdatePhase.IDLE,
        (UpdatePhase.INSTALLING, Event.CANCEL): UpdatePhase.IDLE,
        (UpdatePhase.FETCHING, Event.FAIL): UpdatePhase.IDLE,
        (UpdatePhase.INSTALLING, Event.FAIL): UpdatePhase.IDLE,
    }
)


class IllegalEvent(Exception):
    """A step that the table does not know: a defect of the caller."""

    def __init__(self, phase: UpdatePhase, event: Event) -> None:
        super().__init__(f"'{event}' is not possible while {phase}.")


def accept(state: AgentState, *, action: str, target: SlotContent, signed_time: int) -> AgentState:
    """Take up an update; from here on nothing older is accepted."""
    inactive = {slot: held for slot, held in state.slots.items() if slot is state.active}
    keep = state.slots.get(state.inactive)
    if keep is not None and keep.sha256 == target.sha256:
        inactive = dict(state.slots)  # the wanted bytes may already be there; they are re-hashed
    return state.evolve(
        phase=_next(state, Event.ACCEPT),
        action=action,
        target=target,
        slots=inactive,
        floor=max(state.floor, target.counter),
        floor_assignment=target.assignment,
        signed_time=max(state.signed_time, signed_time),
    )


def fetched(state: AgentState) -> AgentState:
    """Note that all bytes are here."""
    return state.evolve(phase=_next(state, Event.FETCHED))


def switch(state: AgentState) -> AgentState:
    """Run the proven model in the inactive slot, on trial. The point of no return."""
    phase = _next(state, Event.SWITCH)
    slots = {**state.slots, state.inactive: _target(state)}
    return state.evolve(phase=phase, slots=slots, starts=0)


def confirm(state: AgentState) -> AgentState:
    """Confirm the slot on trial: it is the good one from now on."""
    phase = _next(state, Event.CONFIRM)
    confirmed = state.evolve(
        active=state.trial,
        phase=phase,
        starts=0,
        report_config=True,
        security=_raised(state, state.slots[state.inactive]),
    )
    return _close(confirmed, success=True, reason="Confirmed after its trial.")


def revert(state: AgentState, reason: str) -> AgentState:
    """Go back: the old slot runs on, and this digest is never tried again."""
    slots = {slot: held for slot, held in state.slots.items() if slot is state.active}
    phase = _next(state, Event.REVERT)
    kept = _remember_failed(state).evolve(phase=phase, slots=slots, starts=0, report_config=True)
    return _close(kept, success=False, reason=f"trial: {reason}")


def cancel(state: AgentState) -> AgentState:
    """End an update that the service has withdrawn in time; the caller reports that itself."""
    return state.evolve(phase=_next(state, Event.CANCEL), action=None, target=None)


def fail(state: AgentState, reason: str, *, remember: bool) -> AgentState:
    """End an update that cannot go on. ``remember``: the artifact is at fault, not the
    circumstances.
    """
    phase = _next(state, Event.FAIL)
    kept = _remember_failed(state) if remember else state
    return _close(kept.evolve(phase=phase), success=False, reason=reason)


def refuse(state: AgentState, *, action: str, reason: str, assignment: str = "") -> AgentState:
    """Refuse an action; nothing changes but what is to be reported."""
    outcome = ActionOutcome(
        action, success=False, reason=reason[:REASON_LIMIT], assignment=assignment
    )
    return _put_in_outbox(state, outcome)


def already(state: AgentState, *, action: str, target: SlotContent, signed_time: int) -> AgentState:
    """Accept an instruction to run what runs already."""
    slots = {slot: held for slot, held in state.slots.items() if slot is not state.active}
    if state.active is not None:
        slots[state.active] = target
    noted = state.evolve(
        slots=slots,
        floor=max(state.floor, target.counter),
        floor_assignment=target.assignment,
        signed_time=max(state.signed_time, signed_time),
        report_config=True,
    )
    outcome = ActionOutcome(action, success=True, reason=RUNNING, assignment=target.assignment)
    return _put_in_outbox(noted, outcome)


def started(state: AgentState) -> AgentState:
    """Count a start of the agent: a new boot; a trial that has started too often ends."""
    booted = state.evolve(boot_id=(state.boot_id + 1) & 0xFFFFFFFF, starts=state.starts + 1)
    if booted.phase is UpdatePhase.TRIAL and booted.starts > STARTS_LIMIT:
        return revert(booted, f"It was started {STARTS_LIMIT} times and never became healthy.")
    return booted


def looping(state: AgentState) -> bool:
    """Tell whether the confirmed model keeps ending the agent: then it is no longer started."""
    return state.phase is not UpdatePhase.TRIAL and state.starts > STARTS_LIMIT


def healthy(state: AgentState) -> AgentState:
    """Note that the running model works: starts are counted from zero."""
    return state.evolve(starts=0)


def tell_again(state: AgentState, outcome: ActionOutcome) -> AgentState:
    """Report the outcome of an action again that has ended and is offered once more."""
    return state.evolve(outbox=(*state.outbox, outcome)[-OUTBOX_LIMIT:])


def delivered(state: AgentState, outcome: ActionOutcome) -> AgentState:
    """Drop an outcome that the service has heard."""
    return state.evolve(outbox=tuple(kept for kept in state.outbox if kept != outcome))


def config_reported(state: AgentState) -> AgentState:
    """Note that the service knows what runs here."""
    return state.evolve(report_config=False)


def _raised(state: AgentState, content: SlotContent) -> dict[str, int]:
    known = max(state.security.get(content.model, 0), content.security)
    return {**state.security, content.model: known}


def _target(state: AgentState) -> SlotContent:
    if state.target is None:
        raise AssertionError("an update without a target")
    return state.target


def _next(state: AgentState, event: Event) -> UpdatePhase:
    try:
        return TRANSITIONS[state.phase, event]
    except KeyError:
        raise IllegalEvent(state.phase, event) from None


def _remember_failed(state: AgentState) -> AgentState:
    digest = _target(state).sha256
    known = tuple(kept for kept in state.failed if kept != digest)
    sound = {slot: held for slot, held in state.slots.items() if held.sha256 != digest}
    return state.evolve(failed=(*known, digest)[-FAILED_LIMIT:], slots=sound)


def _close(state: AgentState, *, success: bool, reason: str) -> AgentState:
    if state.action is None:
        return state  # rebuilt after a loss: nobody waits for this outcome
    assignment = state.target.assignment if state.target else ""
    outcome = ActionOutcome(state.action, success, reason[:REASON_LIMIT], assignment)
    return _put_in_outbox(state.evolve(action=None, target=None), outcome)


def _put_in_outbox(state: AgentState, outcome: ActionOutcome) -> AgentState:
    others = tuple(kept for kept in state.outbox if kept.action != outcome.action)
    ended = tuple(kept for kept in state.ended if kept.action != outcome.action)
    return state.evolve(
        outbox=(*others, outcome)[-OUTBOX_LIMIT:], ended=(*ended, outcome)[-ENDED_LIMIT:]
    )
