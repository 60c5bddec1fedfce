"""Every endpoint meets heads that no decent client sends: none answers with a 5xx, none acts."""

from typing import Any, Final

import pytest
from rest_framework.test import APIClient

from fleet.access.rules.roles import SCOPES
from tests import personas
from tests.fleet.lib.rest.heads import HEADS, LATIN
from tests.fleet.lib.rest.world import World, fingerprint

CREDENTIALS: Final = ("", "Bearer", "Bearer ", f"Bearer {LATIN}", "Bearer a b c", "Basic !", LATIN)
NOT_MEANT: Final = b'{"there is no such member": 1}'


@pytest.fixture
def owner(world: World) -> APIClient:
    del world
    client = personas.token_client("owner", sorted(SCOPES))
    client.raise_request_exception = False
    return client


def send(client: Any, method: str, path: str, headers: dict[str, str]) -> int:
    kind = headers.get("Content-Type", "application/json")
    others = {name: value for name, value in headers.items() if name != "Content-Type"}
    body = b"" if method == "get" else NOT_MEANT
    answer = client.generic(method.upper(), path, body, kind, headers=others)
    answer.close()
    return int(answer.status_code)


@pytest.mark.parametrize("head", HEADS)
def test_no_endpoint_breaks_or_acts(head: str, world: World, owner: APIClient) -> None:
    before = fingerprint()
    for endpoint in world.endpoints("get", "post", "put", "patch", "delete"):
        status = send(owner, endpoint.method, endpoint.path, HEADS[head])
        assert status < 500, str(endpoint)
        assert endpoint.method == "get" or status >= 400, str(endpoint)
    assert fingerprint() == before


@pytest.mark.parametrize("credential", CREDENTIALS)
def test_a_credential_that_is_none_opens_nothing(credential: str, world: World) -> None:
    client = APIClient(raise_request_exception=False)
    for endpoint in world.endpoints("get", "post", "put", "patch", "delete"):
        status = send(client, endpoint.method, endpoint.path, {"Authorization": credential})
        # A job of CI shows its identity in the body, and needs no credential.
        refused = 400 if endpoint.route == "api/v1/identity/token/" else 401
        assert status == refused, str(endpoint)


@pytest.mark.parametrize("method", ["TRACE", "PROPFIND", "CONNECT", "\xff", "X" * 300])
def test_a_method_that_nobody_has_is_refused(method: str, world: World, owner: APIClient) -> None:
    for endpoint in world.endpoints("get", "post", "put", "patch", "delete"):
        answer = owner.generic(method, endpoint.path)
        assert answer.status_code == 405, (str(endpoint), answer.status_code)


def test_who_accepts_nothing_that_we_have_is_told_so(world: World, owner: APIClient) -> None:
    answer = owner.get("/api/v1/whoami/", headers={"Accept": "text/html"})
    assert (answer.status_code, answer["Content-Type"]) == (406, "application/problem+json")
