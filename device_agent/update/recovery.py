"""What to do at a start: find out what is sound, and run that.

* The slot that is to run is hashed first; one that is not what it should be never runs.
* When the agent's state is lost, the slots themselves tell: each carries its signed documents, and
  its digest is recomputed. The newest sound one is run; the counter floor is theirs.
"""

from device_agent.errors import AgentError
from device_agent.identity.keys import Enrolment
from device_agent.protocol.instruction import Instruction
from device_agent.state import machine, slots
from device_agent.state.record import AgentState, Slot, SlotContent, UpdatePhase
from device_agent.state.state_store import StateStore
from device_agent.storage.port import Storage
from device_agent.update.trust import open_kept


def wake(storage: Storage, enrolment: Enrolment) -> StateStore:
    """Return the state to go on from, durable, with one more boot counted."""
    store = StateStore.load(storage)
    if store is None:
        store = StateStore.begin(storage, rebuild(storage, enrolment))
    store.save_if_possible(settle(storage, machine.started(store.state)))
    return store


def settle(storage: Storage, state: AgentState) -> AgentState:
    """Return the state without slots that are not what they should be."""
    trial, active = state.trial, state.active
    if trial and not slots.slot_is(storage, trial, state.slots[trial]):
        state = machine.revert(state, "The slot on trial was damaged.")
    if active and not slots.slot_is(storage, active, state.slots[active]):
        state = _without(storage, state, active)
    return state


def rebuild(storage: Storage, enrolment: Enrolment) -> AgentState:
    """Return a state made from what the slots prove about themselves."""
    found = {slot: held for slot in Slot if (held := _proven(storage, slot, enrolment))}
    if not found:
        return AgentState()
    newest = max(found, key=lambda slot: found[slot].counter)
    return AgentState(
        slots=found,
        active=newest,
        floor=found[newest].counter,
        floor_assignment=found[newest].assignment,
    )


def _without(storage: Storage, state: AgentState, damaged: Slot) -> AgentState:
    spare = damaged.other
    left = {slot: held for slot, held in state.slots.items() if slot is not damaged}
    if state.phase is UpdatePhase.TRIAL:
        # The model on trial is sound and the one before it is gone: nothing to go back to.
        return machine.confirm(state).evolve(slots=left)
    sound = spare in left and slots.slot_is(storage, spare, left[spare])
    return state.evolve(
        slots=left if sound else {}, active=spare if sound else None, report_config=True
    )


def _proven(storage: Storage, slot: Slot, enrolment: Enrolment) -> SlotContent | None:
    try:
        document = slots.slot_document(storage, slot)
        if document is None:
            return None
        instruction = open_kept(document, enrolment).instruction
    except AgentError:
        return None
    if instruction.device != enrolment.controller_id:
        return None
    content = content_of(instruction)
    return content if slots.slot_is(storage, slot, content) else None


def content_of(instruction: Instruction, *, security: int = 0) -> SlotContent:
    """Return what an instruction wants in a slot."""
    return SlotContent(
        release=instruction.release,
        model=instruction.model,
        version=instruction.version,
        sha256=instruction.artifact.sha256,
        length=instruction.artifact.length,
        counter=instruction.counter,
        assignment=instruction.assignment,
        security=security,
    )
