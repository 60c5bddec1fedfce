"""A gateway speaks for the accepted devices of its own group, on every endpoint, and for nobody
else on any.
"""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from fleet.access.models import AuditEntry
from fleet.devices import groups, presence
from fleet.devices.models import ClientToken, Device, DeviceEvent, Group
from fleet.devices.tokens import issue as tokens
from fleet.lib import clock
from ota.models import Assignment
from tests.ota import makers
from tests.ota.ddi import wire
from tests.ota.ddi.test_strangers_get_nothing import ENDPOINTS, call
from tests.personas import SYSTEM, client
from tests.simulators.fleet import caller as own

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def allowed(settings: Any) -> None:
    settings.EDGEFLEET_GATEWAY_TOKENS = True
    presence.flush()


def gateway(group: Group) -> Client:
    """A client that carries a gateway token of the group."""
    _, secret = tokens.token_issue(holder=group, by=SYSTEM)
    return Client(headers={"authorization": f"GatewayToken {secret}"})


def behind() -> tuple[Device, Assignment, Client]:
    """A device with something to do, and the gateway of its group."""
    device, _, assignment = makers.lonely()
    return device, assignment, gateway(Group.objects.get())


def test_it_polls_fetches_and_reports_for_a_member() -> None:
    device, assignment, caller = behind()
    links = wire.links(caller, assignment)
    assert "deploymentBase" in links
    assert caller.get(wire.path(assignment)).status_code == 200
    body = wire.said("closed", "success")
    assert wire.post(caller, wire.path(assignment, "/feedback"), body).status_code == 200
    assignment.refresh_from_db()
    assert assignment.state == "succeeded"
    assert wire.put(caller, f"{makers.base(device)}/configData", {"data": {"a": "1"}}).status_code


@pytest.mark.parametrize("name", ENDPOINTS)
def test_a_device_of_another_group_does_not_exist_for_it(name: str) -> None:
    device, assignment, _ = behind()
    others = makers.group(makers.devices(1, prefix="other"), "other")
    assert call(gateway(others), name, makers.base(device), assignment).status_code == 404
    assignment.refresh_from_db()
    assert (assignment.state, assignment.reports) == ("offered", 0)


@pytest.mark.parametrize("name", ENDPOINTS)
def test_it_is_off_unless_the_settings_allow_it(name: str, settings: Any) -> None:
    device, assignment, caller = behind()
    settings.EDGEFLEET_GATEWAY_TOKENS = False
    answer = call(caller, name, makers.base(device), assignment)
    assert (answer.status_code, answer.content) == (401, b"")


@pytest.mark.parametrize("name", ENDPOINTS)
def test_a_retired_token_is_out_at_once(name: str) -> None:
    device, assignment, caller = behind()
    assert call(caller, "poll", makers.base(device), assignment).status_code == 200
    tokens.token_retire(token=ClientToken.objects.get(), by=SYSTEM)
    assert call(caller, name, makers.base(device), assignment).status_code == 401


@pytest.mark.parametrize("secret", ["", "x", "ef_gw_" + "a" * 27, "x" * 9000])
def test_a_made_up_token_is_refused(secret: str) -> None:
    device, _, _ = behind()
    caller = Client(headers={"authorization": f"GatewayToken {secret}"})
    assert caller.get(makers.base(device)).status_code == 401


@pytest.mark.parametrize("state", ["pending", "rejected", "decommissioned"])
def test_a_member_that_is_not_accepted_does_not_exist_for_it(state: str) -> None:
    device, _, caller = behind()
    Device.objects.update(state=state)
    assert caller.get(makers.base(device)).status_code == 404


def test_an_unknown_device_is_not_registered_by_it() -> None:
    behind()
    caller = gateway(makers.group([], "empty"))
    assert caller.get(makers.base(Device(controller_id="new-one"))).status_code == 404
    assert not Device.objects.filter(controller_id="new-one").exists()


def test_it_hands_in_telemetry_for_members_only() -> None:
    device, _, caller = behind()
    stranger = makers.devices(1, prefix="other")[0]
    codes = [
        caller.post(f"/device/v1/telemetry/{name}", b"x", content_type="application/cbor")
        for name in (device.controller_id, stranger.controller_id)
    ]
    assert [answer.status_code for answer in codes] == [400, 404]


def test_a_group_by_query_is_followed_as_labels_change() -> None:
    device = makers.devices(1)[0]
    group = groups.group_create(name="b7", by=SYSTEM, query="lot=B7 and not site=oslo")
    caller = gateway(group)
    for labels, status in (
        ({}, 404),
        ({"lot": "B7"}, 200),
        ({"lot": "B7", "site": "oslo"}, 404),
    ):
        Device.objects.filter(pk=device.pk).update(labels=labels)
        assert caller.get(makers.base(device)).status_code == status, labels


def test_a_device_that_left_its_group_is_out_of_reach() -> None:
    device, _, caller = behind()
    group = Group.objects.get()
    groups.group_members_change(group=group, by=SYSTEM, remove=[device.public_id])
    assert caller.get(makers.base(device)).status_code == 404


def test_where_the_address_names_no_device_it_is_nobody(settings: Any) -> None:
    settings.EDGEFLEET_TUF_OPEN_TARGETS = False
    _, assignment, caller = behind()
    assert assignment.artifact is not None
    sha = assignment.artifact.sha256
    answer = caller.get(f"/tuf/targets/{sha}.{assignment.artifact.filename}")
    assert answer.status_code in {401, 403, 404}
    assert not getattr(answer, "streaming", False)


@pytest.mark.parametrize("kind", ["static", "dynamic"])
def test_its_poll_is_three_reads_and_no_write(kind: str) -> None:
    device, _, caller = behind()
    if kind == "dynamic":
        name = device.controller_id
        caller = gateway(groups.group_create(name="q", by=SYSTEM, query=f"id={name}"))
    caller.get(makers.base(device))
    with CaptureQueriesContext(connection) as seen:
        assert "deploymentBase" in caller.get(makers.base(device)).json()["_links"]
    statements = [query["sql"] for query in seen.captured_queries]
    assert len(statements) == 3, statements
    assert all(statement.startswith("SELECT") for statement in statements)


def test_the_device_and_the_token_show_that_it_speaks() -> None:
    device, _, caller = behind()
    caller.get(makers.base(device))
    presence.flush()
    device.refresh_from_db()
    assert device.gateway == ClientToken.objects.get()
    assert ClientToken.objects.get().last_used_at == device.last_seen_at
    shown = client("viewer").get(f"/api/v1/devices/{device.public_id}/").data
    assert shown["gateway"] == Group.objects.get().name


def test_the_audit_log_names_it_once() -> None:
    device, _, caller = behind()
    for _ in range(3):
        caller.get(makers.base(device))
        presence.flush()
    entry = AuditEntry.objects.get(action="devices.gateway_speaks")
    assert (entry.actor_kind, entry.actor_label) == ("gateway", "gateway of lab")
    assert entry.detail["devices"] == [device.public_id]
    assert DeviceEvent.objects.get(text="Spoken for by the gateway of lab").device == device


def test_a_device_that_speaks_for_itself_again_shows_it() -> None:
    device, _, caller = behind()
    caller.get(makers.base(device))
    presence.flush()
    with clock.fixed(clock.now() + timedelta(seconds=5)):
        own(device).get(makers.base(device))
        presence.flush()
    device.refresh_from_db()
    assert device.gateway is None


def test_a_flush_takes_the_turn_of_the_audit_log_after_the_last_device(
    django_assert_max_num_queries: Any,
) -> None:
    # Who edits a device has its row and waits for that turn.
    devices = makers.devices(2)
    for device in devices:
        caller = gateway(makers.group([device], f"of-{device.controller_id}"))
        assert caller.get(makers.base(device)).status_code == 200
    with django_assert_max_num_queries(100) as seen:
        presence.flush()
    words = [query["sql"] for query in seen.captured_queries]
    devices_at = [at for at, sql in enumerate(words) if sql.startswith('UPDATE "devices_device"')]
    entries_at = [at for at, sql in enumerate(words) if 'INTO "access_auditentry"' in sql]
    assert len(entries_at) == 2
    assert max(devices_at) < min(entries_at)
