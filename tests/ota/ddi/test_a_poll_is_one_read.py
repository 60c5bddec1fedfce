"""A poll costs one read, the credential's among it, and writes nothing."""

from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from fleet.devices.tokens import issue as tokens
from ota.models import DeviceUpdateState
from tests.ota import makers
from tests.ota.ddi import wire
from tests.personas import SYSTEM
from tests.simulators.fleet import caller

pytestmark = pytest.mark.django_db


def test_one_select_and_no_write() -> None:
    device, _, assignment = makers.lonely()
    client = caller(device)
    with CaptureQueriesContext(
        connection,
    ) as seen:
        client.get(makers.base(device))
    statements = [query["sql"] for query in seen.captured_queries]
    assert len(statements) == 1, statements
    assert all(statement.startswith("SELECT") for statement in statements)
    assert "deploymentBase" in wire.links(client, assignment)


def test_a_client_with_a_target_token_costs_no_more(settings: Any) -> None:
    device, _, _ = makers.lonely()
    _, secret = tokens.token_issue(holder=device, by=SYSTEM)
    client = Client(headers={"authorization": f"TargetToken {secret}"})
    assert client.get(makers.base(device)).status_code == 401, "off unless it is set"
    settings.EDGEFLEET_TARGET_TOKENS = True
    client.get(makers.base(device))
    with CaptureQueriesContext(connection) as seen:
        assert client.get(makers.base(device)).status_code == 200
    statements = [query["sql"] for query in seen.captured_queries]
    assert len(statements) == 1, statements
    assert all(statement.startswith("SELECT") for statement in statements)


@pytest.mark.only_where(
    connection.vendor == "sqlite", "asks the planner of SQLite, which plans alike for any size"
)
def test_the_read_is_by_index() -> None:
    device, _, _ = makers.lonely()
    makers.devices(50, prefix="other")
    client = caller(device)
    with CaptureQueriesContext(connection) as seen:
        client.get(makers.base(device))
    sql = seen.captured_queries[-1]["sql"]
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN QUERY PLAN {sql}")
        plan = [row[-1] for row in cursor.fetchall()]
    assert plan
    assert not [step for step in plan if step.startswith("SCAN")]


def test_an_idle_device_is_asked_for_its_attributes_once() -> None:
    device = makers.devices(1)[0]
    client = caller(device)
    body = client.get(makers.base(device)).json()
    assert set(body["_links"]) == {"configData", "telemetry", "tuf"}
    wire.put(client, body["_links"]["configData"]["href"], {"data": {"hw": "B2"}})
    assert not DeviceUpdateState.objects.get().config_wanted
    assert set(client.get(makers.base(device)).json()["_links"]) == {"telemetry", "tuf"}


def test_sleep_has_eight_characters() -> None:
    device = makers.devices(1)[0]
    sleep = caller(device).get(makers.base(device)).json()["config"]["polling"]["sleep"]
    hours, minutes, seconds = (int(part) for part in sleep.split(":"))
    assert len(sleep) == 8
    assert hours * 3600 + minutes * 60 + seconds == settings.EDGEFLEET_POLL_SECONDS


def test_it_offers_the_same_action_until_it_ends() -> None:
    device, _, assignment = makers.lonely()
    client = caller(device)
    first = wire.links(client, assignment)
    client.get(wire.path(assignment))
    wire.post(client, wire.path(assignment, "/feedback"), wire.said("download"))
    assert wire.links(client, assignment) == first


@pytest.mark.parametrize("tenant", ["DEFAULT", "default", "Default"])
def test_the_tenant_is_compared_without_case(tenant: str) -> None:
    device = makers.devices(1)[0]
    path = f"/{tenant}/controller/v1/{device.controller_id}"
    assert caller(device).get(path).status_code == 200


def test_another_tenant_does_not_exist() -> None:
    device = makers.devices(1)[0]
    path = f"/acme/controller/v1/{device.controller_id}"
    assert caller(device).get(path).status_code == 404


def test_an_ended_token_and_one_of_nobody_are_refused(settings: Any) -> None:
    settings.EDGEFLEET_TARGET_TOKENS = True
    device, _, _ = makers.lonely()
    token, secret = tokens.token_issue(holder=device, by=SYSTEM)
    client = Client(headers={"authorization": f"TargetToken {secret}"})
    assert client.get(makers.base(device)).status_code == 200
    tokens.token_retire(token=token, by=SYSTEM)
    assert client.get(makers.base(device)).status_code == 401
    stranger = Client(headers={"authorization": "TargetToken ef_dev_nobody"})
    assert stranger.get(makers.base(device)).status_code == 401


def test_a_device_that_has_no_row_any_more_is_refused() -> None:
    device = makers.devices(1)[0]
    client = caller(device)
    device.delete()
    assert client.get(makers.base(device)).status_code == 401
