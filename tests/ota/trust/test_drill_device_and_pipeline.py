"""Somebody has one device's key, or a pipeline's token: neither reaches another device."""

import pytest

from device_agent.errors import Rejected
from device_agent.net.transport import Request, Response
from fleet.devices import services as devices
from ota import services
from ota.models import Instruction
from ota.trust.signer import repository
from tests import personas
from tests.agent_and_service import releases
from tests.ota import makers
from tests.ota.trust import drill, world
from tests.simulators.fleet import caller

pytestmark = pytest.mark.django_db


def test_what_a_stolen_device_is_told_does_not_work_on_another() -> None:
    """The thief fetches his device's documents and plays them to the victim, with his bytes."""
    device, first = drill.victim()
    (stolen,) = makers.devices(1, prefix="stolen")
    second = releases.release("2.0")
    rollout = makers.rollout(second, makers.group([device.row, stolen], "both"))
    services.rollout_tick(rollout.pk)
    theirs = Instruction.objects.filter(device=stolen).first()
    if theirs is None:  # its wave comes later
        makers.rollout(second, makers.group([stolen], "alone"))
        services.rollouts_tick()
        theirs = Instruction.objects.get(device=stolen)
    path = f"{makers.base(stolen)}/instruction/{theirs.assignment_id}"
    body = caller(stolen).get(path).content

    def bend(request: Request, answer: Response) -> bytes | None:
        return body if "/instruction/" in request.url else None

    drill.bent(device).bend = bend
    drill.visits(device)
    assert drill.runs(device) == drill.sha256_of(first)


def test_a_stolen_key_speaks_for_its_own_device_only() -> None:
    device, _ = drill.victim()
    (stolen,) = makers.devices(1, prefix="stolen")
    assert caller(stolen).get(makers.base(device.row)).status_code in (401, 403, 404)


def test_a_revoked_device_is_out_at_once() -> None:
    device, _ = drill.victim()
    agent = device.boot()
    agent.visit()
    devices.device_decommission(device=device.row, by=personas.SYSTEM)
    with pytest.raises(Rejected):
        agent.visit()


@pytest.mark.parametrize("act", ["approve", "publish", "revoke"])
def test_a_pipelines_token_releases_nothing(act: str) -> None:
    release = services.release_create(by=personas.SYSTEM, version=makers.version())
    rest = personas.token_client()
    assert rest.post(f"/api/v1/releases/{release.public_id}/{act}/").status_code == 403
    release.refresh_from_db()
    assert release.state == "draft"


def test_an_unapproved_release_is_not_listed() -> None:
    release = world.published()
    release.approvals.all().delete()
    repository.requests_sign()
    asked = release.signing_requests.get()
    assert (asked.state, asked.reason) == ("refused", "0 of 1 approvals are there")
