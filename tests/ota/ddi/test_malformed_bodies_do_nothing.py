"""Every route that devices send bodies to refuses what is malformed or dangerous, and does nothing.

The routes come from the URL resolver: a new one is tried without being named here.
"""

import json
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from device_agent.protocol.frame import CONTENT_TYPE
from fleet.urls import DEVICE_URLS
from tests.ota import makers
from tests.ota.ddi import wire
from tests.simulators.fleet import caller

pytestmark = pytest.mark.django_db
METHODS = ("post", "put", "patch")
VALID = json.dumps(wire.said("closed", "success")).encode()
BODIES: dict[str, bytes] = {
    "nothing": b"",
    "half an array": b"[",
    "half an object": b'{"status": {"execution": "closed"',
    "two values": VALID + VALID,
    "not UTF-8": b'{"a": "\xff"}',
    "UTF-16": VALID.decode().encode("utf-16"),
    "deep arrays": b"[" * 5000,
    "deep whole arrays": b"[" * 900 + b"]" * 900,
    "deep objects": b'{"a":' * 5000 + b"1" + b"}" * 5000,
    "a raw NUL": b'{"a": "\x00"}',
    "an escaped NUL": VALID[:-1] + b', "data": {"a": "\\u0000"}}',
    "a NUL in a name": VALID[:-1] + b', "data": {"\\u0000": "a"}}',
    "half a character": VALID[:-1] + b', "data": {"a": "\\ud800"}}',
    "half a character in a name": VALID[:-1] + b', "data": {"\\udfff": "a"}}',
    "no number": VALID[:-1] + b', "data": {"a": NaN}}',
    "infinity": VALID[:-1] + b', "data": {"a": -Infinity}}',
    "a number without end": VALID[:-1] + b', "data": {"a": ' + b"9" * 5000 + b"}}",
    "a member twice": VALID[:-1] + b', "status": {}}',
    "an array": b"[]",
    "a text": b'"closed"',
    "null": b"null",
    "too much": b'{"a": "' + b"x" * 70_000 + b'"}',
}


def device_routes() -> list[tuple[str, str]]:
    """Name and method of every route of devices that takes a body."""
    found = []
    for module in DEVICE_URLS:
        for pattern in get_resolver(module).url_patterns:
            assert not isinstance(pattern, URLResolver)
            found += _methods(pattern)
    return sorted(set(found))


def _methods(pattern: URLPattern) -> list[tuple[str, str]]:
    view = getattr(pattern.callback, "view_class", getattr(pattern.callback, "cls", None))
    if view is None or not pattern.name:
        return []
    return [(pattern.name, method) for method in METHODS if hasattr(view, method)]


ROUTES = device_routes()
MAY_BE_EMPTY = ("ddi-confirm-always", "ddi-confirm-each")


def test_all_routes_with_a_body_are_known() -> None:
    assert {name for name, _ in ROUTES} >= {
        "ddi-feedback",
        "ddi-cancel-feedback",
        "ddi-config-data",
        "ddi-installed-put",
        "device-enrol",
        "device-challenge",
        "device-session",
        "device-key",
    }


@pytest.mark.parametrize("body", BODIES)
def test_it_is_refused_before_anything_is_done(body: str, settings: Any) -> None:
    settings.EDGEFLEET_ENROL_PER_MINUTE = 10_000
    cache.clear()
    device, _, assignment = makers.lonely()
    known = {
        "tenant": settings.EDGEFLEET_TENANT,
        "controller_id": device.controller_id,
        "action": assignment.pk,
    }
    client = caller(device)
    client.raise_request_exception = False
    for name, method in ROUTES:
        if body == "nothing" and name in MAY_BE_EMPTY:
            continue
        to = _address(name, known)
        answer, writes = sent(client, method, to, BODIES[body])
        assert answer.status_code in (400, 413, 415), (name, answer.status_code, answer.content)
        assert writes == [], name
        assert "traceback" not in answer.content.decode().lower()


def _address(name: str, known: dict[str, Any]) -> str:
    pattern = next(
        p
        for module in DEVICE_URLS
        for p in get_resolver(module).url_patterns
        if isinstance(p, URLPattern) and p.name == name
    )
    wanted = pattern.pattern.converters
    return reverse(name, kwargs={key: known[key] for key in wanted})


def sent(client: Client, method: str, to: str, body: bytes) -> tuple[Any, list[str]]:
    """The answer, and what was written to the database meanwhile."""
    kind = CONTENT_TYPE if "telemetry" in to else "application/json"
    with CaptureQueriesContext(
        connection,
    ) as asked:
        answer = getattr(client, method)(to, body, content_type=kind)
    words = ("INSERT", "UPDATE", "DELETE")
    return answer, [q["sql"] for q in asked if q["sql"].startswith(words)]


@pytest.mark.parametrize("header", ["X-Boot-Id", "X-Uptime-Now"])
@pytest.mark.parametrize("value", ["-1", "1.5", "²", "0" * 12 + "9" * 5000, str(2**32)])
def test_a_number_in_a_header_of_a_window_is_checked(header: str, value: str) -> None:
    device = makers.devices(1)[0]
    client = caller(device)
    client.raise_request_exception = False
    to = f"/device/v1/telemetry/{device.controller_id}"
    answer = client.post(to, b"\x89", content_type=CONTENT_TYPE, headers={header: value})
    assert answer.status_code == 400, answer.content


def test_a_text_that_only_looks_like_nul_is_taken() -> None:
    device = makers.devices(1)[0]
    to = f"{makers.base(device)}/configData"
    assert wire.put(caller(device), to, {"data": {"a": "\\u0000"}}).status_code == 200
    device.refresh_from_db()
    assert device.attributes == {"a": "\\u0000"}
