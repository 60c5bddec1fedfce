"""The same messages in CBOR, for clients that ask for it; and what is no such message."""

from contextlib import suppress
from typing import Any

import cbor2
import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from fleet.lib.errors import Refused
from ota.ddi.cbor import parse_cbor, prefers_cbor
from ota.models import Assignment
from tests.ota import makers
from tests.ota.ddi import wire
from tests.simulators.fleet import caller

CBOR = "application/cbor"


def offered() -> tuple[Client, Assignment]:
    device, _, assignment = makers.lonely()
    return caller(device), assignment


def send(client: Client, assignment: Assignment, body: bytes) -> Any:
    return client.post(wire.path(assignment, "/feedback"), body, content_type=CBOR)


@pytest.mark.django_db
def test_answers_are_the_same_in_both() -> None:
    client, assignment = offered()
    for path in (makers.base(assignment.device), wire.path(assignment)):
        plain, packed = client.get(path), client.get(path, headers={"accept": CBOR})
        assert packed["Content-Type"] == CBOR
        assert int(packed["Content-Length"]) == len(packed.content) < len(plain.content)
        assert cbor2.loads(packed.content) == plain.json()


@pytest.mark.django_db
def test_reports_are_understood_in_both() -> None:
    client, assignment = offered()
    body = cbor2.dumps(wire.said("closed", "success", "done"))
    assert send(client, assignment, body).status_code == 200
    assignment.refresh_from_db()
    assert (assignment.state, assignment.text) == ("succeeded", "done")


@pytest.mark.django_db
def test_errors_come_in_the_clients_form() -> None:
    client, assignment = offered()
    answer = client.get(
        wire.path(assignment).replace("deploymentBase", "installedBase"), headers={"accept": CBOR}
    )
    assert (answer.status_code, answer["Content-Type"]) == (404, CBOR)
    assert "did not install" in cbor2.loads(answer.content)["message"]


@pytest.mark.django_db
def test_what_json_has_no_form_for_is_refused_and_changes_nothing() -> None:
    client, assignment = offered()
    status = wire.said("proceeding")["status"]
    odd: list[bytes] = [
        b"",
        b"\xff",
        b"\xa1",
        cbor2.dumps({"status": status}) + b"\x00",
        cbor2.dumps({"status": status, 1: 2}),
        cbor2.dumps({"status": status, "x": b"bytes"}),
        cbor2.dumps({"status": status, "x": float("nan")}),
        cbor2.dumps({"status": status, "x": 2**60}),
        cbor2.dumps({"status": status, "x": "\0"}),
        cbor2.dumps(cbor2.CBORTag(999, {"status": status})),
        b"\x81" * 2000 + b"\x00",
        b"\x9a\xff\xff\xff\xff",
        b"\x5a\xff\xff\xff\xff",
        b"\xa2\x61a\x01\x61a\x02",
    ]
    for body in odd:
        assert send(client, assignment, body).status_code == 400, body[:20]
    assert send(client, assignment, b"\x00" * (64 * 1024 + 1)).status_code == 413
    assignment.refresh_from_db()
    assert assignment.state == "offered"


@given(st.binary(max_size=200))
def test_bytes_are_a_value_or_a_refusal(data: bytes) -> None:
    value: object = None
    with suppress(Refused):  # and nothing else
        value = parse_cbor(data, what="The body")
    assert isinstance(value, dict | list | str | int | float | bool | None)


@pytest.mark.parametrize(
    ("accept", "wanted"),
    [
        ("", False),
        ("*/*", False),
        (CBOR, True),
        ("application/cbor;q=1, application/json", True),
        ("application/json, application/cbor", False),
        ("application/hal+json,application/cbor", False),
    ],
)
def test_the_first_form_that_is_named_is_taken(accept: str, wanted: bool) -> None:
    assert prefers_cbor(accept) is wanted
