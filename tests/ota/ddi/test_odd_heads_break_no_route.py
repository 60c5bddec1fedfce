"""Every route of devices meets heads that no decent client sends: none answers with a 5xx."""

from typing import Any, Final

import pytest
from django.test import Client

from fleet.devices import presence
from tests.fleet.lib.rest.heads import HEADS, LATIN
from tests.ota.ddi.callers import MAY, Scene
from tests.ota.ddi.test_every_route_knows_every_caller import ROUTES, address

pytestmark = pytest.mark.django_db
SCHEMES: Final = ("DeviceToken", "TargetToken", "GatewayToken", "Bearer", "")
SECRETS: Final = ("", " ", LATIN, "a b", "x" * 9_000, "a:b:c", "..", "eyJ:1:2")


@pytest.fixture(autouse=True)
def allowed(settings: Any) -> None:
    settings.EDGEFLEET_TARGET_TOKENS = settings.EDGEFLEET_GATEWAY_TOKENS = True
    settings.EDGEFLEET_TUF_OPEN_TARGETS = False
    presence.flush()


def status(client: Any, method: str, path: str, headers: dict[str, str]) -> int:
    kind = headers.get("Content-Type", "application/json")
    others = {name: value for name, value in headers.items() if name != "Content-Type"}
    answer = client.generic(method.upper(), path, b"{}", kind, headers=others)
    answer.close()
    return int(answer.status_code)


@pytest.mark.parametrize("head", HEADS)
def test_no_route_breaks(head: str) -> None:
    scene = Scene.make()
    client: Any = MAY["the device"](scene)
    client.raise_request_exception = False
    for method, route in ROUTES:
        path = address(scene, route)
        assert status(client, method, path, HEADS[head]) < 500, (method, path)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_credential_that_is_none_breaks_nothing(scheme: str) -> None:
    scene = Scene.make()
    client: Any = Client(raise_request_exception=False)
    for secret in SECRETS:
        for method, route in ROUTES:
            path = address(scene, route)
            told = status(client, method, path, {"Authorization": f"{scheme} {secret}"})
            assert 400 <= told < 500 or route.startswith("tuf/"), (method, path, told)
            assert told < 500, (method, path, told)
