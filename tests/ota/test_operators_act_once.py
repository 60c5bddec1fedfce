"""Operators' calls: legal ones move, illegal ones are refused, stale ones lose, each is audited."""

from typing import Any

import pytest

from fleet.access.models import AuditEntry
from fleet.lib.errors import Conflict, Stale
from ota import services
from ota.engine.states import AssignmentState, RolloutState
from ota.models import Assignment, Rollout, RolloutEvent
from tests.ota import makers
from tests.personas import SYSTEM
from tests.simulators.fleet import FleetSimulator

pytestmark = pytest.mark.django_db


def started(count: int = 4, **overrides: Any) -> tuple[FleetSimulator, Rollout]:
    fleet = FleetSimulator(makers.devices(count))
    group = makers.group([d.device for d in fleet.devices.values()])
    waves = [{"share_percent": 100}]
    return fleet, makers.rollout(makers.release(), group, waves=waves, **overrides)


def test_pause_lets_those_under_way_finish() -> None:
    fleet, rollout = started(max_in_flight=2)
    fleet.step(rollout)
    rollout.refresh_from_db()
    services.rollout_pause(by=SYSTEM, rollout=rollout, reason="lunch")
    assert fleet.run(rollout) == RolloutState.PAUSED
    assert Assignment.objects.filter(state=AssignmentState.SUCCEEDED).count() == 2
    assert rollout.reason == "lunch"
    services.rollout_resume(by=SYSTEM, rollout=rollout)
    assert fleet.run(rollout) == RolloutState.DONE


def test_abort_asks_devices_to_stop_and_ends() -> None:
    fleet, rollout = started()
    fleet.step(rollout)
    rollout.refresh_from_db()
    services.rollout_abort(by=SYSTEM, rollout=rollout)
    assert fleet.run(rollout) == RolloutState.ABORTED
    assert fleet.running() == {"": 4}
    states = set(Assignment.objects.values_list("state", flat=True))
    assert states == {AssignmentState.CANCELLED}


def test_a_device_that_will_not_stop_finishes() -> None:
    fleet, rollout = started(1)
    fleet["cam-000"].stubborn = True
    fleet.step(rollout)
    rollout.refresh_from_db()
    services.rollout_abort(by=SYSTEM, rollout=rollout)
    assert fleet.run(rollout) == RolloutState.ABORTED
    assert Assignment.objects.get().state == AssignmentState.SUCCEEDED


@pytest.mark.parametrize("name", ["pause", "resume", "roll_back"])
def test_what_a_draft_cannot_do_is_refused(name: str) -> None:
    devices = makers.devices(1)
    rollout = makers.rollout(makers.release(), makers.group(devices), start=False)
    act = getattr(services, f"rollout_{name}")
    with pytest.raises(Conflict, match=f"{name.replace('_', ' ')} is not possible in state draft"):
        act(by=SYSTEM, rollout=rollout)
    rollout.refresh_from_db()
    assert rollout.state == RolloutState.DRAFT


def test_a_second_start_is_refused_and_plans_nobody_twice() -> None:
    _, rollout = started()
    with pytest.raises(Conflict):
        services.rollout_start(by=SYSTEM, rollout=rollout)
    assert Assignment.objects.count() == 4


def test_an_operator_with_an_old_look_loses() -> None:
    _, rollout = started()
    stale = Rollout.objects.get(pk=rollout.pk)
    services.rollout_pause(by=SYSTEM, rollout=rollout)
    with pytest.raises(Stale):
        services.rollout_pause(by=SYSTEM, rollout=stale)
    assert RolloutEvent.objects.filter(step="pause").count() == 1


def test_every_operation_is_in_the_audit_log() -> None:
    _, rollout = started()
    services.rollout_pause(by=SYSTEM, rollout=rollout)
    services.rollout_resume(by=SYSTEM, rollout=rollout)
    actions = AuditEntry.objects.filter(subject=rollout.public_id).order_by("sequence")
    assert list(actions.values_list("action", flat=True)) == [
        "ota.rollout_create",
        "ota.rollout_start",
        "ota.rollout_pause",
        "ota.rollout_resume",
    ]


def test_a_silent_device_gives_its_slot_to_the_next() -> None:
    fleet, rollout = started(2, max_in_flight=1, offer_seconds=60)
    first = Assignment.objects.order_by("position")[0]
    fleet[first.device.controller_id].offline = True
    fleet.run(rollout, seconds=20)
    first.refresh_from_db()
    assert (first.state, first.cause) == (AssignmentState.TIMED_OUT, "no_contact")
    assert Assignment.objects.filter(state=AssignmentState.SUCCEEDED).count() == 1
