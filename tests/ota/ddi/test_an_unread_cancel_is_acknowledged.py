"""A device that is cancelled before it read its deployment is told, and may acknowledge; nothing
waits for it.
"""

from urllib.parse import urlsplit

import pytest

from ota import services
from ota.engine.states import AssignmentState, RolloutState
from ota.models import Assignment, AssignmentEvent, DeviceUpdateState
from tests.ota import makers
from tests.ota.ddi import wire
from tests.personas import SYSTEM
from tests.simulators.fleet import FleetSimulator, caller

pytestmark = pytest.mark.django_db
A = AssignmentState


def unread() -> Assignment:
    """An assignment that was withdrawn before its device had read it."""
    _, rollout, assignment = makers.lonely()
    services.rollout_abort(by=SYSTEM, rollout=rollout)
    services.rollout_tick(rollout.pk)
    assignment.refresh_from_db()
    rollout.refresh_from_db()
    assert (assignment.state, rollout.state) == (A.CANCELLED, RolloutState.ABORTED)
    return assignment


def test_the_device_is_told_and_acknowledges_as_clients_expect() -> None:
    assignment = unread()
    client = caller(assignment.device)
    links = wire.links(client, assignment)
    assert set(links) == {"cancelAction", "configData", "telemetry", "tuf"}
    number = str(assignment.pk)
    body = client.get(urlsplit(links["cancelAction"]).path).json()
    assert body == {"id": number, "cancelAction": {"stopId": number}}
    to = wire.cancel_path(assignment, "/feedback")
    said = wire.said("closed", "success", "never began")
    assert [wire.post(client, to, said).status_code for _ in range(2)] == [200, 200]
    assert "cancelAction" not in wire.links(client, assignment)
    events = AssignmentEvent.objects.filter(assignment=assignment, step="cancel_accepted")
    assert [event.text for event in events] == ["never began"]


@pytest.mark.parametrize(
    ("execution", "finished", "over"),
    [
        ("closed", "success", True),
        ("closed", "none", True),
        ("closed", "failure", True),
        ("canceled", "success", True),
        ("rejected", "none", True),
        ("proceeding", "none", False),
        ("scheduled", "none", False),
    ],
)
def test_a_final_word_ends_it_and_news_do_not(execution: str, finished: str, *, over: bool) -> None:
    assignment = unread()
    client, to = caller(assignment.device), wire.cancel_path(assignment, "/feedback")
    assert wire.post(client, to, wire.said(execution, finished)).status_code == 200
    assignment.refresh_from_db()
    assert assignment.state == A.CANCELLED
    assert ("cancelAction" not in wire.links(client, assignment)) is over


def test_its_deployment_is_not_served_any_more() -> None:
    assignment = unread()
    client = caller(assignment.device)
    assert client.get(wire.path(assignment)).status_code == 404
    to = wire.path(assignment, "/feedback")
    assert wire.post(client, to, wire.said("closed", "success")).status_code == 410
    assert wire.post(client, to, wire.said("canceled", "success")).status_code == 200


def test_the_next_update_takes_its_place() -> None:
    """A client that knows no cancellation is not kept from it."""
    assignment = unread()
    device = assignment.device
    rollout = makers.rollout(makers.release("1.1"), makers.group([device], "next"))
    services.rollout_tick(rollout.pk)
    links = wire.links(caller(device), assignment)
    assert "deploymentBase" in links
    assert "cancelAction" not in links
    assert DeviceUpdateState.objects.get(device=device).withdrawn is None


def test_what_was_planned_only_is_not_spoken_of() -> None:
    device = makers.devices(1)[0]
    rollout = makers.rollout(makers.release(), makers.group([device]))
    services.rollout_abort(by=SYSTEM, rollout=rollout)
    services.rollout_tick(rollout.pk)
    assignment = Assignment.objects.get(rollout=rollout)
    assert assignment.state == A.CANCELLED
    assert "cancelAction" not in wire.links(caller(device), assignment)
    assert caller(device).get(wire.cancel_path(assignment)).status_code == 404


def test_a_foreign_device_acknowledges_nothing() -> None:
    assignment = unread()
    stranger = makers.devices(1, prefix="other")[0]
    to = f"{makers.base(stranger)}/cancelAction/{assignment.pk}/feedback"
    assert wire.post(caller(stranger), to, wire.said("closed", "success")).status_code == 404
    assert DeviceUpdateState.objects.get(device=assignment.device).withdrawn == assignment


def test_a_whole_fleet_acknowledges_and_comes_to_rest() -> None:
    members = makers.devices(3)
    rollout = makers.rollout(makers.release(), makers.group(members), max_in_flight=3)
    services.rollout_tick(rollout.pk)
    rollout.refresh_from_db()
    services.rollout_abort(by=SYSTEM, rollout=rollout)
    assert FleetSimulator(members).run(rollout) == RolloutState.ABORTED
    assert not DeviceUpdateState.objects.exclude(withdrawn=None).exists()
