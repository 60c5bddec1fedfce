"""Every endpoint with a body reads it before anything else: what cannot be read changes nothing.

The endpoints come from the resolver. Irreversible acts (decommission, revoke, new tokens) take no
body, and so refuse every one that is not empty.
"""

import json
from itertools import product
from typing import Any, Final

import pytest
from rest_framework.test import APIClient

from fleet.lib.rest.parsers import BODY_MAX_BYTES, StrictFormParser
from fleet.lib.rest.takes import body_of
from tests import personas
from tests.fleet.lib.rest.world import WRITING, Endpoint, World, fingerprint

JSON: Final = "application/json"
IRREVERSIBLE: Final = ("decommission/", "revoke/", "revoke-key/", "tokens/", "publish/", "abort/")
WRONG: Final = (1, 1.5, True, "\U0001f600", [1], {"a": 1}, None)
BROKEN: Final = {
    "cut off": b"[",
    "deep": b"[" * 5_000,
    "deep and whole": b"[" * 5_000 + b"]" * 5_000,
    "deep object": b'{"a":' * 5_000 + b"1" + b"}" * 5_000,
    "a list": b"[]",
    "a text": b'"x"',
    "a number": b"1",
    "null": b"null",
    "not UTF-8": b'{"name": "\xff"}',
    "UTF-16": '{"name": "x"}'.encode("utf-16"),
    "half a character": b'{"name": "\\ud800"}',
    "half a character as a name": b'{"\\udfff": 1}',
    "NUL": b'{"name": "a\\u0000b"}',
    "not a number": b'{"name": NaN}',
    "infinite": b'{"name": -Infinity}',
    "beyond a double": b'{"name": 1e999}',
    "beyond 64 bits": b'{"name": ' + b"9" * 5_000 + b"}",
    "one name twice": b'{"name": "x", "name": "y"}',
    "unknown": b'{"there is no such member": 1}',
    "two values": b"{} {}",
    "white space": b" ",
}


@pytest.fixture
def owner(db: None) -> APIClient:
    del db
    return personas.client("owner")


def send(client: Any, endpoint: Endpoint, body: bytes, kind: str = JSON, **headers: str) -> Any:
    return client.generic(endpoint.method.upper(), endpoint.path, body, kind, headers=headers)


def test_the_endpoints_are_all_here(world: World) -> None:
    found = {endpoint.route for endpoint in world.endpoints(*WRITING)}
    assert len(found) > 30
    for tail in IRREVERSIBLE:
        assert any(route.endswith(tail) for route in found), tail


def test_a_body_that_cannot_be_meant_is_refused_everywhere(world: World, owner: APIClient) -> None:
    before = fingerprint()
    for endpoint, fault in product(world.endpoints(*WRITING), BROKEN):
        answer = send(owner, endpoint, BROKEN[fault])
        form = StrictFormParser in endpoint.view.parser_classes and endpoint.method == "post"
        assert answer.status_code == (415 if form else 400), (
            str(endpoint),
            fault,
            answer.content[:200],
        )
        assert answer["Content-Type"] == "application/problem+json", str(endpoint)
    assert fingerprint() == before


def test_a_body_of_another_type_is_refused_everywhere(world: World, owner: APIClient) -> None:
    before = fingerprint()
    for endpoint in world.endpoints(*WRITING):
        for kind in ("text/plain", "application/x-www-form-urlencoded", "application/xml"):
            assert send(owner, endpoint, b"a=1", kind).status_code == 415, str(endpoint)
        broken = send(owner, endpoint, b"--x\r\nno form", "multipart/form-data")
        assert broken.status_code in {400, 415}, str(endpoint)
    assert fingerprint() == before


def test_a_body_that_is_too_large_is_refused_everywhere(world: World, owner: APIClient) -> None:
    before = fingerprint()
    body = b'{"name": "' + b"x" * BODY_MAX_BYTES + b'"}'
    for endpoint in world.endpoints(*WRITING):
        assert send(owner, endpoint, body).status_code in {413, 415}, str(endpoint)
    assert fingerprint() == before


def test_a_body_without_its_length_is_not_taken_for_none(world: World, owner: APIClient) -> None:
    before = fingerprint()
    for endpoint in world.endpoints(*WRITING):
        answer = send(owner, endpoint, b"", JSON, **{"Transfer-Encoding": "chunked"})
        assert answer.status_code == 400, (str(endpoint), answer.content[:200])
    assert fingerprint() == before


def test_a_member_of_another_type_is_refused(world: World, owner: APIClient) -> None:
    """Each member alone and wrong: where all are optional, nothing else could refuse it."""
    for endpoint, wrong in product(world.endpoints(*WRITING), WRONG):
        shape = body_of(endpoint.handler)
        if shape is None or StrictFormParser in endpoint.view.parser_classes:
            continue
        for name, field in shape().fields.items():
            if fits(field, wrong):
                continue
            answer = send(owner, endpoint, json.dumps({name: wrong}).encode())
            assert answer.status_code in {400, 422}, (str(endpoint), name, answer.content[:200])


def fits(field: Any, value: Any) -> bool:
    """Tell whether a field takes values of this type, whatever the value."""
    types = {"BooleanField": bool, "IntegerField": int, "CharField": str, "DictField": dict}
    kind = types.get(type(field).__name__)
    if type(field).__name__ == "JsonIn":
        return True
    if type(field).__name__ == "FloatField":
        return type(value) in (int, float)
    return kind is not None and type(value) is kind


def test_an_empty_body_is_none_at_all(world: World, owner: APIClient) -> None:
    """An act takes it, and a body with required members is refused for lacking them."""
    for endpoint in world.endpoints("post", "put", "patch"):
        shape = body_of(endpoint.handler)
        required = shape is not None and any(field.required for field in shape().fields.values())
        if required:
            assert send(owner, endpoint, b"").status_code == 400, str(endpoint)
