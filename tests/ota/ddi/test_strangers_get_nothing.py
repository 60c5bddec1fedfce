"""No credential, a person's credential, another device's action: each endpoint refuses."""

from typing import Any

import pytest
from django.test import Client

from ota.engine.states import AssignmentState
from ota.models import Assignment
from tests import personas
from tests.ota import makers
from tests.ota.ddi import wire
from tests.simulators.fleet import caller

pytestmark = pytest.mark.django_db

ENDPOINTS = {
    "poll": ("get", ""),
    "deployment": ("get", "/deploymentBase/{action}"),
    "feedback": ("post", "/deploymentBase/{action}/feedback"),
    "cancel": ("get", "/cancelAction/{action}"),
    "cancel feedback": ("post", "/cancelAction/{action}/feedback"),
    "installed": ("get", "/installedBase/{action}"),
    "installed put": ("put", "/installedBase"),
    "config": ("put", "/configData"),
    "instruction": ("get", "/instruction/{action}"),
    "artifacts": ("get", "/softwaremodules/{module}/artifacts"),
    "artifact": ("get", "/softwaremodules/{module}/artifacts/{file}"),
    "artifact head": ("head", "/softwaremodules/{module}/artifacts/{file}"),
    "md5sum": ("get", "/softwaremodules/{module}/artifacts/{file}.MD5SUM"),
}
WITH_ACTION = [name for name, (_, tail) in ENDPOINTS.items() if "{" in tail]


def call(client: Client, name: str, base: str, assignment: Assignment) -> Any:
    method, tail = ENDPOINTS[name]
    assert assignment.artifact is not None
    path = base + tail.format(
        action=assignment.pk, module=assignment.artifact.pk, file=assignment.artifact.filename
    )
    body = wire.said("closed", "success") if method == "post" else {"data": {}}
    if method in ("get", "head"):
        return getattr(client, method)(path)
    return (wire.post if method == "post" else wire.put)(client, path, body)


@pytest.mark.parametrize("name", ENDPOINTS)
def test_nobody_is_401_without_a_body(name: str) -> None:
    device, _, assignment = makers.lonely()
    answer = call(Client(), name, makers.base(device), assignment)
    assert (answer.status_code, answer.content) == (401, b"")
    assert answer["WWW-Authenticate"] == "DeviceToken"


@pytest.mark.parametrize("name", ENDPOINTS)
def test_a_person_is_no_device(name: str) -> None:
    device, _, assignment = makers.lonely()
    client = Client()
    client.force_login(personas.user("owner"))
    assert call(client, name, makers.base(device), assignment).status_code == 401


@pytest.mark.parametrize("name", ENDPOINTS)
def test_a_device_cannot_call_for_another(name: str) -> None:
    device, _, assignment = makers.lonely()
    stranger = makers.devices(1, prefix="eve")[0]
    answer = call(caller(stranger), name, makers.base(device), assignment)
    assert answer.status_code == 404
    assignment.refresh_from_db()
    assert assignment.state == AssignmentState.OFFERED


@pytest.mark.parametrize("name", WITH_ACTION)
def test_another_devices_action_does_not_exist(name: str) -> None:
    _, _, assignment = makers.lonely()
    stranger = makers.devices(1, prefix="eve")[0]
    answer = call(caller(stranger), name, makers.base(stranger), assignment)
    assert answer.status_code == 404
    assignment.refresh_from_db()
    assert (assignment.state, assignment.reports) == (AssignmentState.OFFERED, 0)


def test_a_decommissioned_device_is_gone() -> None:
    device, _, assignment = makers.lonely()
    client = caller(device)
    device.state = "decommissioned"
    device.save()
    assert call(client, "poll", makers.base(device), assignment).status_code == 410
