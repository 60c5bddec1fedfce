"""An action that is offered again after its end has the outcome that it had, and does nothing."""

import pytest

from device_agent.protocol.ddi import Finished
from device_agent.state.machine import refuse
from device_agent.state.record import (
    ENDED_LIMIT,
    ActionOutcome,
    AgentState,
    dump_state,
    parse_state,
)
from tests.device_agent.simulators.bundles import WRONG, bundle_of
from tests.device_agent.simulators.device import enrolled_device


@pytest.mark.parametrize("library", [b"", WRONG])
def test_an_action_of_long_ago_is_told_as_it_ended(library: bytes) -> None:
    device = enrolled_device()
    service = device.service
    first = service.publish("1.0", bundle_of("1.0"))
    device.update(device.boot())
    service.publish("2.0", bundle_of("2.0", library=library))
    device.update(device.boot())
    ran = device.boot().state.running
    first.state = "offered"
    for _ in range(2):
        device.update(device.boot())
    assert [told.finished for told in first.terminal] == [Finished.SUCCESS, Finished.SUCCESS]
    assert device.boot().state.running is ran
    assert service.offered is None


def test_only_so_many_ends_are_remembered() -> None:
    state = AgentState()
    for number in range(ENDED_LIMIT + 3):
        state = refuse(state, action=str(number), reason="no")
    assert len(state.ended) == ENDED_LIMIT
    assert state.outcome_of("2") is None
    assert state.last_outcome == ActionOutcome(str(ENDED_LIMIT + 2), success=False, reason="no")


def test_the_number_of_an_ended_action_may_be_that_of_another_one() -> None:
    """A service that was restored counts from where it was: what counts is what was signed."""
    device = enrolled_device()
    service = device.service
    first = service.publish("1.0", bundle_of("1.0"))
    device.update(device.boot())
    service.actions.remove(first)
    second = service.publish("2.0", bundle_of("2.0"))
    second.number = first.number
    device.update(device.boot())
    assert [told.finished for told in second.terminal] == [Finished.SUCCESS]
    state = device.boot().state
    assert state.active is not None
    assert state.slots[state.active].version == "2.0"


def test_what_an_agent_of_before_remembered_answers_for_nothing() -> None:
    record = dump_state(refuse(AgentState(), action="1", reason="no"))
    record["ended"] = [{"action": "1", "success": True, "reason": ""}]
    assert parse_state(record).ended == (
        ActionOutcome("1", success=True, reason="", assignment=""),
    )
