"""Unknown members, filters and values are refused everywhere, with the word that was meant."""

import base64
import json
from typing import Any, Final

import pytest
from rest_framework.test import APIClient

from fleet.lib.rest.takes import body_of
from fleet.lib.rest.views import StrictList
from tests import personas
from tests.fleet.lib.rest.world import WRITING, World, fingerprint

STRANGE: Final = ("stat=accepted", "ordering=name", "format=json", "page=2", "%20=", "limit=1")
NO_PAGES: Final = ("abc", "0", "-1", "201", "1.5", "", "\uff19", "1e1", "9" * 4_000)


def cursor(query: str) -> str:
    return base64.b64encode(query.encode()).decode()


# No base64, no position, positions of other types, one without a time zone, out of range, empty.
NO_CURSORS: Final = (
    "x", "", "cD0yMDIxJTAw", cursor("p=2021\x00"), cursor("p=yesterday"), cursor("p=2021-01-01"),
    cursor("p=0001-01-01T00:00:00+14:00"), cursor("p=9999-12-31T23:59:59-14:00"),
    cursor("p=" + "9" * 30), cursor("p=\ud800".encode("utf-8", "replace").decode()), "%ff", "=" * 9,
)  # fmt: skip


@pytest.fixture
def owner(db: None) -> APIClient:
    del db
    return personas.client("owner")


def test_an_unknown_parameter_is_refused_everywhere(world: World, owner: APIClient) -> None:
    before = fingerprint()
    for endpoint in world.endpoints("get", *WRITING):
        for query in STRANGE:
            answer = owner.generic(endpoint.method.upper(), f"{endpoint.path}?{query}")
            known = endpoint.route == "api/v1/schema/" or "versions/" in endpoint.route
            if query.startswith("format=") and known:
                continue
            assert answer.status_code in {400, 415}, (str(endpoint), query, answer.content[:200])
    assert fingerprint() == before


def test_a_wrong_page_or_cursor_is_refused_on_every_list(world: World, owner: APIClient) -> None:
    for endpoint in world.endpoints("get"):
        if not issubclass(endpoint.view, StrictList):
            continue
        assert owner.get(endpoint.path, {"page_size": "1"}).status_code == 200
        for wrong in NO_PAGES:
            answer = owner.get(endpoint.path, {"page_size": wrong})
            assert answer.status_code == 400, (str(endpoint), wrong)
        for wrong in NO_CURSORS:
            answer = owner.get(endpoint.path, {"cursor": wrong})
            assert answer.status_code == 400, (str(endpoint), wrong, answer.content[:200])


def test_every_list_goes_on_by_its_own_cursor(world: World, owner: APIClient) -> None:
    for endpoint in world.endpoints("get"):
        if issubclass(endpoint.view, StrictList):
            page, seen = owner.get(endpoint.path, {"page_size": 1}).json(), 1
            while page["next"] and seen < 4:
                page, seen = owner.get(page["next"]).json(), seen + 1
                assert page["previous"], str(endpoint)


def test_an_unknown_member_is_refused_beside_good_ones(world: World, owner: APIClient) -> None:
    for endpoint in world.endpoints(*WRITING):
        shape = body_of(endpoint.handler)
        for extra in ("id", "created_at", "titel", "__proto__"):
            body = json.dumps({extra: "x"})
            answer = owner.generic(endpoint.method.upper(), endpoint.path, body, "application/json")
            assert answer.status_code in {400, 415}, (str(endpoint), extra, shape)


@pytest.mark.parametrize(
    ("method", "path", "body", "sentence"),
    [
        ("post", "models/", {"name": "x", "titel": "y"}, 'Did you mean "title"?'),
        ("patch", "models/digits/", {"name": "other"}, 'There is no "name" here.'),
        ("get", "devices/?stat=acceptd", None, 'Did you mean "state"?'),
        ("get", "devices/?state=acceptd", None, '"acceptd" is not known. Did you mean "accepted"?'),
        ("get", "builds/?state=runing", None, 'Did you mean "running"?'),
        ("get", "versions/?state=admited", None, 'Did you mean "admitted"?'),
        ("get", "rollouts/?state=runing", None, 'Did you mean "running"?'),
        ("get", "devices/?state=accepted&state=pending", None, "given 2 times"),
    ],
)
def test_the_word_that_was_meant_is_named(
    method: str, path: str, body: Any, sentence: str, world: World, owner: APIClient
) -> None:
    del world
    answer = getattr(owner, method)(f"/api/v1/{path}", body)
    assert answer.status_code == 400
    assert sentence in answer.json()["detail"], answer.json()


@pytest.mark.django_db
@pytest.mark.parametrize(
    "path", ["/api/", "/api/v1/", "/api/v1/nothing/", "/api/v1/models", "/api/v2/"]
)
@pytest.mark.parametrize("method", ["get", "post", "delete"])
def test_an_unknown_address_is_a_problem_and_no_page(path: str, method: str) -> None:
    answer = getattr(personas.client("anonymous"), method)(path)
    assert answer.status_code == 404
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["code"] == "not_found"


def test_every_address_tells_its_methods(world: World, owner: APIClient) -> None:
    for endpoint in world.endpoints("get", *WRITING):
        answer = owner.options(endpoint.path)
        assert answer.status_code == 200, str(endpoint)
        assert endpoint.method.upper() in answer["Allow"], str(endpoint)


def test_a_method_that_is_not_there_is_a_problem(world: World, owner: APIClient) -> None:
    for endpoint in world.endpoints("get"):
        for method in ("put", "trace"):
            if not hasattr(endpoint.view, method):
                answer = owner.generic(method.upper(), endpoint.path)
                assert answer.status_code == 405, str(endpoint)
                assert answer["Content-Type"] == "application/problem+json"
