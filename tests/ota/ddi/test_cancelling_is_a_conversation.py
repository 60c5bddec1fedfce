"""A device that has seen its deployment is asked to stop; its answer decides."""

import pytest

from ota import services
from ota.engine.states import AssignmentState
from ota.models import Assignment
from tests.ota import makers
from tests.ota.ddi import wire
from tests.personas import SYSTEM
from tests.simulators.fleet import caller

pytestmark = pytest.mark.django_db
A = AssignmentState


def asked() -> Assignment:
    """An assignment whose device has seen it and is now asked to stop."""
    device, rollout, assignment = makers.lonely()
    assert caller(device).get(wire.path(assignment)).status_code == 200
    rollout.refresh_from_db()
    services.rollout_abort(by=SYSTEM, rollout=rollout)
    services.rollout_tick(rollout.pk)
    assignment.refresh_from_db()
    assert assignment.state == A.CANCELLING
    return assignment


def test_the_poll_offers_the_cancellation_instead_of_the_deployment() -> None:
    assignment = asked()
    links = wire.links(caller(assignment.device), assignment)
    assert "cancelAction" in links
    assert not {"deploymentBase", "instruction"} & set(links)


def test_the_number_has_a_leading_zero_and_still_reads() -> None:
    assignment = asked()
    client = caller(assignment.device)
    href = wire.links(client, assignment)["cancelAction"]
    assert href.endswith(f"/cancelAction/0{assignment.pk}")
    body = client.get(href).json()
    number = str(assignment.pk)
    assert body == {"id": number, "cancelAction": {"stopId": number}}


@pytest.mark.parametrize(
    ("execution", "finished", "state"),
    [
        ("closed", "success", A.CANCELLED),
        ("closed", "none", A.CANCELLED),
        ("canceled", "none", A.CANCELLED),
        ("closed", "failure", A.INSTALLING),
        ("rejected", "none", A.INSTALLING),
        ("proceeding", "none", A.CANCELLING),
    ],
)
def test_each_answer_has_its_meaning(execution: str, finished: str, state: str) -> None:
    assignment = asked()
    to = wire.cancel_path(assignment, "/feedback")
    body = wire.said(execution, finished)
    assert wire.post(caller(assignment.device), to, body).status_code == 200
    assignment.refresh_from_db()
    assert assignment.state == state


def test_a_repeated_answer_is_fine() -> None:
    assignment = asked()
    client, to = caller(assignment.device), wire.cancel_path(assignment, "/feedback")
    body = wire.said("closed", "success")
    assert [wire.post(client, to, body).status_code for _ in range(3)] == [200, 200, 200]


def test_an_installation_that_was_faster_stands() -> None:
    assignment = asked()
    client = caller(assignment.device)
    body = wire.said("closed", "success")
    assert wire.post(client, wire.path(assignment, "/feedback"), body).status_code == 200
    assignment.refresh_from_db()
    assert assignment.state == A.SUCCEEDED
    late = wire.post(client, wire.cancel_path(assignment, "/feedback"), body)
    assert late.status_code == 404


def test_a_deployment_being_cancelled_is_not_served() -> None:
    assignment = asked()
    client = caller(assignment.device)
    assert client.get(wire.path(assignment)).status_code == 404


def test_nothing_to_cancel_is_404() -> None:
    device, _, assignment = makers.lonely()
    client = caller(device)
    assert client.get(wire.cancel_path(assignment)).status_code == 404
    to = wire.cancel_path(assignment, "/feedback")
    assert wire.post(client, to, wire.said("closed", "success")).status_code == 404
