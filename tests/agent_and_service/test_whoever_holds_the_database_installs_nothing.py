"""Drills: somebody can write the real service's database past all its rules, but cannot sign."""

import contextlib
import copy
import json
from collections.abc import Callable
from dataclasses import replace

import pytest
from django.db import connection
from securesystemslib.signer import CryptoSigner

from device_agent.errors import AgentError
from device_agent.protocol import dsse, fields
from device_agent.protocol.instruction import (
    INSTRUCTION_TYPE,
    parse_instruction,
    seal_instruction,
)
from ota import services
from ota.models import Assignment, Instruction
from tests.agent_and_service import releases
from tests.agent_and_service.device import RealDevice, enrolled, offer, state_of, update
from tests.ota import makers

pytestmark = pytest.mark.django_db

Drill = Callable[[RealDevice, Assignment], None]


def write_envelope(assignment: Assignment, envelope: object) -> None:
    """As an attacker does: straight into the table, past every rule of the service."""
    table = Instruction._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {table} SET envelope = %s WHERE assignment_id = %s",
            [json.dumps(envelope), assignment.pk],
        )


def envelope_of(assignment: Assignment) -> dict[str, object]:
    return copy.deepcopy(Instruction.objects.get(assignment=assignment).envelope)


def signed_by_a_stranger(device: RealDevice, assignment: Assignment) -> None:
    payload = fields.base64_bytes(envelope_of(assignment), "payload", limit=dsse.PAYLOAD_LIMIT)
    told = replace(parse_instruction(payload), nonce="mine")
    write_envelope(assignment, seal_instruction(told, CryptoSigner.generate_ed25519()))


def unsigned(device: RealDevice, assignment: Assignment) -> None:
    write_envelope(assignment, {**envelope_of(assignment), "signatures": []})


def changed_after_signing(device: RealDevice, assignment: Assignment) -> None:
    envelope = envelope_of(assignment)
    payload = fields.base64_bytes(envelope, "payload", limit=dsse.PAYLOAD_LIMIT)
    changed = payload.replace(b'"counter":2', b'"counter":9')
    assert changed != payload
    write_envelope(assignment, {**envelope, "payload": fields.base64_text(changed)})


def an_old_one_again(device: RealDevice, assignment: Assignment) -> None:
    first = Assignment.objects.exclude(pk=assignment.pk).get()
    write_envelope(assignment, envelope_of(first))


def one_for_another_device(device: RealDevice, assignment: Assignment) -> None:
    other = makers.devices(1, prefix="other")[0]
    rollout = makers.rollout(assignment.release, makers.group([other], "others"))
    services.rollout_tick(rollout.pk)
    write_envelope(assignment, envelope_of(Assignment.objects.get(rollout=rollout)))


def the_builders_signature_in_its_place(device: RealDevice, assignment: Assignment) -> None:
    artifact = assignment.artifact
    assert artifact is not None
    assert artifact.artifact is not None
    write_envelope(assignment, artifact.artifact.signature)


DRILLS: list[Drill] = [
    signed_by_a_stranger,
    unsigned,
    changed_after_signing,
    an_old_one_again,
    one_for_another_device,
    the_builders_signature_in_its_place,
]


@pytest.mark.parametrize("drill", DRILLS)
def test_the_device_stays_on_what_was_signed_for_it(drill: Drill) -> None:
    device = enrolled()
    agent = device.boot()
    offer(device, releases.release("1.0"), "lab")
    update(agent)
    assignment = offer(device, releases.release("2.0"), "lab-2")
    drill(device, assignment)
    for _ in range(4):
        with contextlib.suppress(AgentError):
            update(agent)
    active = agent.state.active
    assert active is not None
    assert agent.state.slots[active].version == "1.0"
    assert state_of(assignment) == "failed"

    mended = offer(device, releases.release("3.0"), "lab-3")
    update(agent)
    assert state_of(mended) == "succeeded"


def test_the_envelopes_are_of_the_kind_that_the_device_expects() -> None:
    device = enrolled()
    assignment = offer(device, releases.release("1.0"), "lab")
    assert envelope_of(assignment)["payloadType"] == INSTRUCTION_TYPE
