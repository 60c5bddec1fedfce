"""Plug and play: a gateway names a device that nobody knows, and a person lets it in."""

from typing import Any

import pytest
from django.test import Client

from fleet.access.models import AuditEntry
from fleet.devices import services as devices
from fleet.devices.enrolment import plug_and_play
from fleet.devices.groups import group_create
from fleet.devices.models import Device, Group
from fleet.devices.tokens import issue as tokens
from tests.personas import SYSTEM

pytestmark = pytest.mark.django_db
PATH = "/default/controller/v1/new-1"


@pytest.fixture(autouse=True)
def allowed(settings: Any) -> None:
    settings.EDGEFLEET_GATEWAY_TOKENS = True
    settings.EDGEFLEET_PLUG_AND_PLAY = True


def gateway(query: str = "") -> tuple[Client, Group]:
    group = group_create(name="hall", by=SYSTEM, query=query)
    _, secret = tokens.token_issue(holder=group, by=SYSTEM)
    return Client(headers={"authorization": f"GatewayToken {secret}"}), group


@pytest.mark.parametrize("query", ["", "target=foreign"])
def test_it_is_registered_waits_and_is_let_in(query: str) -> None:
    client, _ = gateway(query)
    for _ in range(2):
        answer = client.get(PATH)
        assert (answer.status_code, answer.json()["code"]) == (403, "pending")
    device = Device.objects.get()
    assert (device.controller_id, device.state, device.target) == ("new-1", "pending", "foreign")
    assert AuditEntry.objects.filter(action="devices.device_announce").count() == 1
    devices.device_accept(device=device, by=SYSTEM)
    assert client.get(PATH).status_code == 200


def test_switched_off_it_does_not_exist(settings: Any) -> None:
    settings.EDGEFLEET_PLUG_AND_PLAY = False
    assert gateway()[0].get(PATH).status_code == 404
    assert not Device.objects.exists()


def test_a_gateway_names_only_what_its_query_fits() -> None:
    client, _ = gateway("site=paris")
    assert client.get(PATH).status_code == 404
    assert not Device.objects.exists()


@pytest.mark.parametrize("name", ["..", "a b", "x" * 65, "%C3%A4"])
def test_names_that_no_device_may_have_are_not_registered(name: str) -> None:
    client, _ = gateway()
    assert client.get(f"/default/controller/v1/{name}").status_code == 404
    assert not Device.objects.exists()


@pytest.mark.parametrize("state", ["rejected", "decommissioned"])
def test_what_was_put_out_does_not_come_back(state: str) -> None:
    client, _ = gateway()
    client.get(PATH)
    Device.objects.update(state=state)
    assert client.get(PATH).status_code == 404
    assert Device.objects.get().state == state


def test_a_stolen_token_fills_no_table(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plug_and_play, "PENDING_MAX", 2)
    client, _ = gateway()
    told = [client.get(f"/default/controller/v1/new-{n}").status_code for n in range(4)]
    assert told == [403, 403, 404, 404]
    assert Device.objects.count() == 2


def test_a_wrong_token_registers_nothing() -> None:
    client = Client(headers={"authorization": "GatewayToken wrong"})
    assert client.get(PATH).status_code == 401
    assert not Device.objects.exists()
