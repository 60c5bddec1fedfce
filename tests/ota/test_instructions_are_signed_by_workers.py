"""A device is offered nothing before its instruction is signed, and the web process cannot sign."""

from typing import Any

import pytest
from django.test import Client

from builds import keyring
from device_agent.protocol import dsse
from device_agent.protocol.instruction import INSTRUCTION_TYPE, parse_instruction
from fleet.lib import clock
from fleet.lib.errors import Forbidden
from ota import services
from ota.engine.commands import Assign
from ota.engine.states import AssignmentState
from ota.models import Assignment, DeviceUpdateState, Instruction, Rollout
from ota.rollouts.apply import apply
from ota.trust.keys import key_store
from ota.trust.signer.dispatch import instructions_sign
from tests.ota import makers
from tests.simulators.fleet import caller

pytestmark = pytest.mark.django_db


def assigned() -> tuple[Client, Assignment, Rollout]:
    device = makers.devices(1)[0]
    rollout = makers.rollout(makers.release(), makers.group([device]))
    assignment = Assignment.objects.get()
    assert apply(rollout, [Assign(assignment.pk)], clock.now())
    return caller(device), assignment, rollout


def links(client: Client, assignment: Assignment) -> dict[str, Any]:
    found: dict[str, Any] = client.get(makers.base(assignment.device)).json()["_links"]
    return found


def test_an_unsigned_assignment_is_not_offered() -> None:
    client, assignment, rollout = assigned()
    assert "deploymentBase" not in links(client, assignment)
    path = f"{makers.base(assignment.device)}/deploymentBase/{assignment.pk}"
    assert client.get(path).status_code == 404
    assert instructions_sign(rollout.pk) == 1
    assert {"deploymentBase", "instruction"} <= set(links(client, assignment))


def test_the_document_names_device_assignment_and_bytes() -> None:
    device, _, assignment = makers.lonely()
    key = keyring.public_keys()["director"]
    envelope = Instruction.objects.get().envelope
    payload = dsse.unseal(envelope, INSTRUCTION_TYPE, {key["keyid"]: key["public"]})
    told = parse_instruction(payload)
    assert (told.device, told.assignment) == (device.controller_id, assignment.public_id)
    assert assignment.artifact is not None
    assert told.artifact.sha256 == assignment.artifact.sha256
    assert told.artifact.length == assignment.artifact.size_bytes
    assert (told.counter, told.target, told.abi) == (1, makers.TARGET, "ef1")
    assert told.expires_at > told.issued_at


@pytest.mark.parametrize(("offer_days", "lives_days"), [(1, 14), (30, 30)])
def test_it_outlives_the_offer(settings: Any, offer_days: int, lives_days: int) -> None:
    settings.EDGEFLEET_INSTRUCTION_DAYS = 14
    makers.lonely(offer_seconds=offer_days * 86_400)
    signed = Instruction.objects.get()
    assert (signed.expires_at - signed.issued_at).days == lives_days


def test_signing_twice_stores_one() -> None:
    _, _, rollout = assigned()
    assert instructions_sign(rollout.pk) == 1
    assert instructions_sign(rollout.pk) == 0
    assert Instruction.objects.count() == 1
    assert DeviceUpdateState.objects.get().counter == 1


def test_a_withdrawn_assignment_is_not_signed() -> None:
    _, assignment, rollout = assigned()
    Assignment.objects.filter(pk=assignment.pk).update(state=AssignmentState.CANCELLED)
    assert instructions_sign(rollout.pk) == 0
    assert not Instruction.objects.exists()


def test_the_web_process_cannot_sign(settings: Any) -> None:
    _, assignment, rollout = assigned()
    settings.EDGEFLEET_PRODUCTION, settings.EDGEFLEET_PROCESS = True, "web"
    assert instructions_sign(rollout.pk) == 0, "nobody here lists the release"
    with pytest.raises(Forbidden):
        key_store.book()
    services.rollouts_tick()
    assignment.refresh_from_db()
    assert assignment.state == AssignmentState.ASSIGNED
