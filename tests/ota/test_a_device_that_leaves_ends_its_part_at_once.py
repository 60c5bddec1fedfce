"""Rejected, decommissioned or without its key in the middle of a rollout: nothing waits for it."""

from collections.abc import Callable
from typing import Any

import pytest

from fleet.devices import services as devices
from fleet.devices.keys.use import key_revoke
from fleet.devices.models import Device
from ota import selectors, services
from ota.engine.states import IN_FLIGHT, AssignmentState, RolloutState
from ota.models import Assignment, AssignmentEvent, Rollout
from tests.ota import makers
from tests.ota.ddi import wire
from tests.personas import SYSTEM
from tests.simulators.fleet import FleetSimulator, caller

pytestmark = pytest.mark.django_db
A = AssignmentState
Leave = Callable[[Device], Any]
WAYS: dict[str, Leave] = {
    "rejected": lambda device: devices.device_reject(device=device, by=SYSTEM),
    "decommissioned": lambda device: devices.device_decommission(device=device, by=SYSTEM),
    "key was revoked": lambda device: key_revoke(device=device, by=SYSTEM, reason="lost"),
}
EACH_WAY = pytest.mark.parametrize("way", WAYS)


def lonely(state: str = A.INSTALLING) -> tuple[Device, Rollout, Assignment]:
    """One device in one rollout, as far as that."""
    device, rollout, assignment = makers.lonely()
    Assignment.objects.filter(pk=assignment.pk).update(state=state)
    return device, rollout, assignment


@EACH_WAY
def test_it_ends_in_the_act_itself(way: str) -> None:
    device, _, assignment = lonely()
    WAYS[way](device)
    assignment.refresh_from_db()
    assert assignment.state == A.SKIPPED
    assert way in assignment.text
    assert assignment.finished_at is not None
    event = AssignmentEvent.objects.filter(assignment=assignment).first()
    assert event is not None
    assert (event.step, event.text) == ("skip", assignment.text)
    assert selectors.device_explanation(device).startswith("It was left out: the device")


@pytest.mark.parametrize("state", sorted({A.PLANNED, *IN_FLIGHT}))
def test_whatever_it_was_doing(state: str) -> None:
    device, _, assignment = lonely(state)
    devices.device_reject(device=device, by=SYSTEM)
    assignment.refresh_from_db()
    assert assignment.state == A.SKIPPED


@pytest.mark.parametrize("state", [A.SUCCEEDED, A.FAILED, A.TIMED_OUT, A.CANCELLED, A.SKIPPED])
def test_what_it_had_come_to_stays(state: str) -> None:
    device, _, assignment = lonely(state)
    devices.device_decommission(device=device, by=SYSTEM)
    assignment.refresh_from_db()
    assert assignment.state == state


@EACH_WAY
def test_the_rollout_goes_on_without_it_and_counts_nothing(way: str) -> None:
    members = makers.devices(3)
    rollout = makers.rollout(makers.release(), makers.group(members))
    services.rollout_tick(rollout.pk)
    leaving = Assignment.objects.filter(rollout=rollout, state=A.OFFERED)[0].device
    WAYS[way](leaving)
    others = [device for device in members if device.pk != leaving.pk]
    FleetSimulator(others).run(rollout)
    rollout.refresh_from_db()
    assert rollout.state == RolloutState.DONE
    assert selectors.rollout_progress(rollout).counts == {"succeeded": 2, "skipped": 1}
    assert not any(wave.causes for wave in selectors.rollout_progress(rollout).waves)


@EACH_WAY
def test_an_abort_ends_at_once(way: str) -> None:
    device, rollout, assignment = makers.lonely()
    caller(device).get(wire.path(assignment))
    rollout.refresh_from_db()
    services.rollout_abort(by=SYSTEM, rollout=rollout)
    services.rollout_tick(rollout.pk)
    rollout.refresh_from_db()
    assert rollout.state == RolloutState.ABORTING
    WAYS[way](device)
    services.rollout_tick(rollout.pk)
    rollout.refresh_from_db()
    assert rollout.state == RolloutState.ABORTED


def test_every_rollout_of_the_device_ends_and_is_woken(
    django_capture_on_commit_callbacks: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    device = makers.devices(1)[0]
    group = makers.group([device])
    rollouts = [makers.rollout(makers.release(label), group) for label in ("1.0", "1.1")]
    for rollout in rollouts:
        services.rollout_tick(rollout.pk)
    woken: list[Any] = []
    monkeypatch.setattr("fleet.lib.jobs._send", lambda name, ids: woken.append((name, *ids)))
    with django_capture_on_commit_callbacks(execute=True):
        devices.device_decommission(device=device, by=SYSTEM)
    assert set(Assignment.objects.values_list("state", flat=True)) == {A.SKIPPED}
    assert woken == [("ota.tasks.rollout_tick", rollout.pk) for rollout in rollouts]


def test_a_refused_act_ends_nothing() -> None:
    device, _, assignment = lonely()
    stale = Device.objects.get(pk=device.pk)
    Device.objects.filter(pk=device.pk).update(state="pending")
    with pytest.raises(Exception, match="first"):
        devices.device_reject(device=stale, by=SYSTEM)
    assignment.refresh_from_db()
    assert assignment.state == A.INSTALLING


def test_a_failure_of_one_that_left_is_not_tried_again_and_stays_counted() -> None:
    device, rollout, assignment = makers.lonely(attempts=2)
    wire.post(caller(device), wire.path(assignment, "/feedback"), wire.said("closed", "failure"))
    devices.device_decommission(device=device, by=SYSTEM)
    services.rollout_tick(rollout.pk)
    rollout.refresh_from_db()
    assert rollout.state == RolloutState.PAUSED
    assert Assignment.objects.get(rollout=rollout).state == A.FAILED


def test_one_that_comes_back_is_believed_what_it_installed() -> None:
    device, _, assignment = makers.lonely()
    to = wire.path(assignment, "/feedback")
    wire.post(caller(device), to, wire.said("proceeding"))
    devices.device_reject(device=device, by=SYSTEM)
    assert wire.post(caller(device), to, wire.said("closed", "success")).status_code == 403
    device.refresh_from_db()
    devices.device_accept(device=device, by=SYSTEM)
    client = caller(device)
    assert "deploymentBase" not in wire.links(client, assignment)
    assert wire.post(client, to, wire.said("closed", "failure")).status_code == 410
    assert wire.post(client, to, wire.said("closed", "success")).status_code == 200
    device.refresh_from_db()
    assert device.running["version"] == "1.0"


def test_one_that_was_offered_nothing_has_nothing_to_tell() -> None:
    device = makers.devices(1)[0]
    rollout = makers.rollout(makers.release(), makers.group([device]))
    assignment = Assignment.objects.get(rollout=rollout)
    assert assignment.state == A.PLANNED
    devices.device_reject(device=device, by=SYSTEM)
    device.refresh_from_db()
    devices.device_accept(device=device, by=SYSTEM)
    to = wire.path(assignment, "/feedback")
    assert wire.post(caller(device), to, wire.said("closed", "success")).status_code == 404
