"""Every state times every step: what the table says happens, and nothing else is possible."""

import inspect
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device_agent.state import machine
from device_agent.state.machine import TRANSITIONS, Event, IllegalEvent
from device_agent.state.record import (
    FAILED_LIMIT,
    OUTBOX_LIMIT,
    AgentState,
    Slot,
    SlotContent,
    UpdatePhase,
)


def content(version: int, counter: int = 0) -> SlotContent:
    digest = f"{version:064x}"
    return SlotContent(
        "rel", "digits", str(version), digest, 100, counter or version, f"asg_{version}"
    )


def taken(state: AgentState, version: int) -> AgentState:
    return machine.accept(state, action=str(version), target=content(version), signed_time=version)


RUNS_ONE = AgentState(active=Slot.A, slots={Slot.A: content(1)}, floor=1, floor_assignment="asg_1")
FETCHING = taken(RUNS_ONE, 2)
INSTALLING = machine.fetched(FETCHING)
ON_TRIAL = machine.switch(INSTALLING)
STATES = {
    UpdatePhase.IDLE: RUNS_ONE,
    UpdatePhase.FETCHING: FETCHING,
    UpdatePhase.INSTALLING: INSTALLING,
    UpdatePhase.TRIAL: ON_TRIAL,
}
STEPS: dict[Event, Callable[[AgentState], AgentState]] = {
    Event.ACCEPT: lambda state: taken(state, 9),
    Event.FETCHED: machine.fetched,
    Event.SWITCH: machine.switch,
    Event.CONFIRM: machine.confirm,
    Event.REVERT: lambda state: machine.revert(state, "why"),
    Event.CANCEL: machine.cancel,
    Event.FAIL: lambda state: machine.fail(state, "why", remember=False),
}


@pytest.mark.parametrize("phase", list(UpdatePhase))
@pytest.mark.parametrize("event", list(Event))
def test_every_step_from_every_phase(phase: UpdatePhase, event: Event) -> None:
    expected = TRANSITIONS.get((phase, event))
    if expected is None:
        with pytest.raises(IllegalEvent, match=event):
            STEPS[event](STATES[phase])
    else:
        assert STEPS[event](STATES[phase]).phase is expected


def test_the_drawing_of_the_table_is_complete() -> None:
    drawn = inspect.getdoc(machine) or ""
    for _, event in TRANSITIONS:
        assert event in drawn


def test_the_old_slot_is_active_all_through_a_trial() -> None:
    assert (ON_TRIAL.active, ON_TRIAL.trial, ON_TRIAL.running) == (Slot.A, Slot.B, Slot.B)


def test_confirmation_moves_the_active_slot_and_keeps_the_old_one() -> None:
    state = machine.confirm(ON_TRIAL)
    assert (state.active, state.trial) == (Slot.B, None)
    assert set(state.slots) == {Slot.A, Slot.B}
    assert state.outbox[-1].success


def test_reverting_forgets_the_slot_and_remembers_the_digest() -> None:
    state = machine.revert(ON_TRIAL, "It was slow.")
    assert state.active is Slot.A
    assert set(state.slots) == {Slot.A}
    assert state.failed == (content(2).sha256,)
    assert state.outbox[-1].reason == "trial: It was slow."


def test_a_failed_download_does_not_condemn_the_artifact() -> None:
    assert machine.fail(FETCHING, "no room", remember=False).failed == ()


def test_three_starts_without_health_end_a_trial() -> None:
    state = ON_TRIAL
    for _ in range(machine.STARTS_LIMIT):
        state = machine.started(state)
        assert state.phase is UpdatePhase.TRIAL
    state = machine.started(state)
    assert state.phase is UpdatePhase.IDLE
    assert state.active is Slot.A
    assert not state.outbox[-1].success


def test_a_confirmed_model_that_keeps_ending_the_agent_is_not_started_any_more() -> None:
    state = RUNS_ONE
    for _ in range(machine.STARTS_LIMIT + 1):
        assert not machine.looping(state)
        state = machine.started(state)
    assert machine.looping(state)
    assert not machine.looping(machine.healthy(state))


def test_fifty_starts_change_nothing_more() -> None:
    state = ON_TRIAL
    for _ in range(50):
        state = machine.started(state)
    assert state.active is Slot.A
    assert len(state.outbox) == 1
    assert state.boot_id == 50


def test_the_floor_cannot_be_lowered() -> None:
    with pytest.raises(AssertionError):
        RUNS_ONE.evolve(floor=0)


@given(st.lists(st.sampled_from(list(Event)), max_size=40))
def test_whatever_happens_the_active_slot_is_there_and_nothing_grows(steps: list[Event]) -> None:
    state, version = RUNS_ONE, 1
    for event in steps:
        if (state.phase, event) not in TRANSITIONS:
            continue
        before = state
        version += 1
        state = taken(state, version) if event is Event.ACCEPT else STEPS[event](state)
        assert state.active in state.slots
        assert state.floor >= before.floor
        assert (state.phase is UpdatePhase.IDLE) == (state.action is None)
        assert len(state.failed) <= FAILED_LIMIT
        assert len(state.outbox) <= OUTBOX_LIMIT
