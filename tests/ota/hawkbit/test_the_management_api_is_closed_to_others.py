"""Who may use the Management API, what its settings may change, and what it refuses."""

from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, get_resolver

from fleet.devices.models import ClientToken
from fleet.urls import MANAGEMENT_URLS
from ota.models import ShownSecret, SystemConfig
from tests import personas
from tests.fleet.lib.rest.world import fingerprint
from tests.ota.hawkbit.tool import Tool, device, token, tool

pytestmark = pytest.mark.django_db
METHODS = ("get", "post", "put", "delete")
ROUTES = [
    (method, str(pattern.pattern))
    for module in MANAGEMENT_URLS
    for pattern in get_resolver(module).url_patterns
    if isinstance(pattern, URLPattern)
    for method in METHODS
    if hasattr(pattern.callback.cls, method)  # type: ignore[attr-defined]
]
NAMES = {
    "<str:key>": "pollingTime",
    "<str:controller_id>": "gw-1",
    "<int:action>": "1",
    "<int:module>": "1000000001",
    "<int:artifact>": "1",
    "<int:number>": "1",
}


def address(route: str) -> str:
    for name, value in NAMES.items():
        route = route.replace(name, value)
    assert "<" not in route
    return f"/{route}"


def statuses(client: Client) -> dict[str, int]:
    return {
        f"{method} {route}": getattr(client, method)(
            address(route), content_type="application/json"
        ).status_code
        for method, route in ROUTES
    }


def test_there_are_routes() -> None:
    assert len(ROUTES) > 20


def test_switched_off_there_is_nothing(settings: Any) -> None:
    client = tool().http
    settings.EDGEFLEET_MANAGEMENT_API = False
    assert set(statuses(client).values()) == {404}


def bearer() -> Client:
    return Client(headers={"authorization": f"Bearer {token('owner')[1]}"})


def session() -> Client:
    client = Client()
    client.force_login(personas.user("owner"))
    return client


@pytest.mark.parametrize(
    "caller",
    [
        Client,
        session,
        bearer,
        lambda: Tool("ef_pat_unknown").http,
        lambda: Tool(token("owner")[1], "somebody").http,
        lambda: Client(headers={"authorization": "Basic %%%"}),
        lambda: Client(headers={"authorization": "Basic"}),
    ],
)
def test_strangers_are_asked_who_they_are(caller: Any) -> None:
    client = caller()
    before = fingerprint()
    told = statuses(client)
    assert told == dict.fromkeys(told, 401)
    changed = {name for name, digest in fingerprint().items() if before[name] != digest}
    assert changed <= {"AuditEntry", "AuditHead", "ApiToken"}


def test_a_token_that_only_reads_changes_nothing_and_sees_no_secret() -> None:
    tool().target()
    reader = tool("viewer", ["ota.read", "devices.read"])
    told = statuses(reader.http)
    assert {s for route, s in told.items() if not route.startswith("get ")} == {403}
    assert 403 not in {s for route, s in told.items() if route.startswith("get ")}
    assert "securityToken" not in reader.call("GET", "targets/gw-1")
    reader.call("GET", "system/configs/authentication.gatewaytoken.key", expected=403)
    assert "authentication.gatewaytoken.key" not in reader.call("GET", "system/configs")


def test_assigning_a_draft_needs_the_right_to_approve() -> None:
    hands = tool("operator", ["ota.read", "ota.write", "devices.read", "devices.write"])
    hands.target()
    number = hands.set(hands.module("a.raucb"))
    to = f"distributionsets/{number}/assignedTargets"
    assert "ota.approve" in hands.call("POST", to, [{"id": "gw-1"}], 403)["message"]


def test_secrets_lie_sealed_and_are_shown_again() -> None:
    hands = tool()
    made = hands.target()["securityToken"]
    assert hands.call("GET", "targets/gw-1")["securityToken"] == made
    assert made not in ShownSecret.objects.get().sealed
    hands.call("PUT", "system/configs/authentication.gatewaytoken.key", {"value": "k" * 32})
    found = hands.call("GET", "system/configs/authentication.gatewaytoken.key")
    assert found["value"] == "k" * 32
    gateway = Client(headers={"authorization": f"GatewayToken {'k' * 32}"})
    assert gateway.get("/DEFAULT/controller/v1/gw-1").status_code == 200
    hands.call("PUT", "system/configs/authentication.gatewaytoken.key", {"value": "n" * 32})
    assert gateway.get("/DEFAULT/controller/v1/gw-1").status_code == 401
    assert ClientToken.objects.filter(group__isnull=False, ends_at=None).count() == 1


def test_the_polling_time_is_what_targets_are_told() -> None:
    hands = tool()
    client = device(hands.target()["securityToken"])
    hands.call("PUT", "system/configs/pollingTime", {"value": "00:00:30"})
    poll = client.get("/DEFAULT/controller/v1/gw-1").json()
    assert poll["config"]["polling"]["sleep"] == "00:00:30"
    for value in ("00:00:00", "24:00:00", "soon", None):
        hands.call("PUT", "system/configs/pollingTime", {"value": value}, 400)
    assert SystemConfig.objects.get().value == "00:00:30"


def test_who_is_trusted_is_decided_where_the_service_is_installed() -> None:
    hands = tool()
    hands.call("PUT", "system/configs/authentication.targettoken.enabled", {"value": True})
    refused = hands.call(
        "PUT", "system/configs/authentication.header.enabled", {"value": True}, 409
    )
    assert "EDGEFLEET_PROXY_CERTIFICATES" in refused["message"]
    authority = "system/configs/authentication.header.authority"
    hands.call("PUT", authority, {"value": "ab12"}, 409)
    hands.call("PUT", "system/configs/other", {"value": 1}, 404)


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("POST", "targets", [{"name": "x"}], 400),
        ("POST", "targets", [{"controllerId": "a b"}], 400),
        ("POST", "targets", [{"controllerId": "a", "securityToken": "short"}], 400),
        ("POST", "targets", [], 400),
        ("POST", "targets", "x", 400),
        ("POST", "softwaremodules", [{"name": "x", "version": "1"}], 400),
        ("POST", "softwaremodules", [{"name": "x" * 129, "version": "1", "type": "os"}], 400),
        ("POST", "distributionsets", [{"name": "x", "version": "1", "modules": [{}]}], 400),
        ("POST", "distributionsets", [{"name": "x", "version": "1", "modules": [{"id": 7}]}], 404),
        ("POST", "distributionsets/1/assignedTargets", [{"id": "gw-1"}], 404),
        ("GET", "softwaremodules/99999999999999999999", None, 404),
        ("GET", "targets/nobody", None, 404),
    ],
)
def test_what_makes_no_sense_is_refused(method: str, path: str, body: Any, status: int) -> None:
    assert tool().call(method, path, body, status)["message"]


@pytest.mark.parametrize(
    "wish",
    [
        {"type": "perhaps"},
        {"type": "timeforced"},
        {"type": "timeforced", "forcetime": "soon"},
        {"maintenanceWindow": {"schedule": "0 0 99 * * ?", "duration": "01:00:00"}},
    ],
)
def test_an_assignment_that_makes_no_sense_is_refused(wish: dict[str, Any]) -> None:
    hands = tool()
    hands.target()
    number = hands.set(hands.module("a.raucb"))
    to = f"distributionsets/{number}/assignedTargets"
    assert hands.call("POST", to, [{"id": "gw-1"} | wish], 400)["message"]
    assert hands.call("POST", to, [{"id": "gw-1"}, {"id": "gw-1"}], 400)["message"]
