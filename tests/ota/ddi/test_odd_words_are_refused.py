"""Texts that no database stores, numbers that no column holds: refused by name, never a crash."""

import json
from typing import Any

import pytest
from django.test import Client

from fleet.lib.errors import Refused
from fleet.lib.rest.request_body import read_body
from tests.fleet.devices.factories import Machine, code
from tests.ota import makers
from tests.ota.ddi import wire
from tests.simulators.fleet import caller

pytestmark = pytest.mark.django_db

HALF, NUL, HUGE = "\ud800", "a\0b", 2**53 - 1
ODD_TEXTS = [HALF, NUL]


def sent(client: Client, method: str, to: str, body: object) -> Any:
    call = getattr(client, method)
    return call(to, json.dumps(body), content_type="application/json")


@pytest.mark.parametrize("odd", ODD_TEXTS)
@pytest.mark.parametrize(
    ("method", "tail", "body"),
    [
        ("put", "/configData", {"data": {"site": "ODD"}}),
        ("put", "/configData", {"data": {"ODD": "x"}}),
        ("put", "/configData", {"data": {"model": "ODD"}}),
        ("put", "/installedBase", {"name": "ODD", "version": "1"}),
        ("post", "/deploymentBase/{action}/feedback", wire.said("proceeding", "none", "ODD")),
        ("post", "/cancelAction/{action}/feedback", wire.said("closed", "success", "ODD")),
    ],
)
def test_a_text_that_cannot_be_stored_is_refused(
    method: str, tail: str, body: object, odd: str
) -> None:
    device, _, assignment = makers.lonely()
    text = json.dumps(body).replace("ODD", json.dumps(odd)[1:-1])
    to = makers.base(device) + tail.format(action=assignment.pk)
    answer = sent(caller(device), method, to, json.loads(text))
    assert answer.status_code == 400, answer.content


@pytest.mark.parametrize("odd", ODD_TEXTS)
@pytest.mark.parametrize("place", ["code", "target", "attributes"])
def test_nobody_enrols_with_such_a_text(place: str, odd: str) -> None:
    machine = Machine()
    body = {
        "code": code(),
        "controller_id": machine.controller_id,
        "target": machine.target,
        "public_key": "A" * 43 + "=",
        "proof": "A" * 86 + "==",
        "attributes": {},
        place: {odd: odd} if place == "attributes" else odd,
    }
    answer = sent(Client(), "post", "/device/v1/enrol", body)
    assert answer.status_code == 400, answer.content


@pytest.mark.parametrize("steps", [{"cnt": HUGE, "of": 1}, {"cnt": 1, "of": HUGE}])
def test_progress_beyond_what_is_stored_is_refused(steps: dict[str, int]) -> None:
    device, _, assignment = makers.lonely()
    body = wire.said("proceeding")
    body["status"]["result"]["progress"] = steps
    answer = sent(caller(device), "post", wire.path(assignment, "/feedback"), body)
    assert answer.status_code == 400, answer.content
    assert "it must lie in" in answer.json()["detail"]


@pytest.mark.parametrize("number", [2**31, 2**63, 10**30])
@pytest.mark.parametrize(
    "tail",
    [
        "/deploymentBase/{n}",
        "/cancelAction/{n}",
        "/installedBase/{n}",
        "/instruction/{n}",
        "/softwaremodules/{n}/artifacts",
        "/softwaremodules/{n}/artifacts/x",
    ],
)
def test_a_number_that_no_row_has_is_not_found(tail: str, number: int) -> None:
    device, _, _ = makers.lonely()
    answer = caller(device).get(makers.base(device) + tail.format(n=number))
    assert answer.status_code == 404, answer.content


def test_a_length_in_other_digits_is_refused(rf: Any) -> None:
    request = rf.post("/device/v1/enrol", "{}", content_type="application/json")
    request.META["CONTENT_LENGTH"] = "\u00b2"
    with pytest.raises(Refused, match="Content-Length"):
        read_body(request, limit_bytes=10, what="It")
