"""Bodies and addresses as public clients send them, each by the habit that tells it apart.

rauc-hawkbit (Python) sends an empty progress and a time; hawkbit-rs writes null for what is absent;
SWUpdate adds an id, a time and a status to its attributes; Zephyr says little; others send numbers.
"""

import json
from typing import Any

import pytest

from fleet.devices.models import Device
from ota.engine.states import AssignmentState
from ota.models import Assignment
from tests.ota import makers
from tests.ota.ddi import wire
from tests.simulators.fleet import caller

pytestmark = pytest.mark.django_db
A = AssignmentState
PROCEEDING = {"execution": "proceeding", "result": {"finished": "none"}}


def result(**members: Any) -> dict[str, Any]:
    return {"status": PROCEEDING | {"result": {"finished": "none"} | members}}


FEEDBACKS: dict[str, tuple[Any, tuple[int, int] | None]] = {
    "an empty progress": (result(progress={}), None),
    "a progress that is null": (result(progress=None), None),
    "half a progress": (result(progress={"cnt": 3}), None),
    "a progress of nulls": (result(progress={"cnt": None, "of": None}), None),
    "steps": (result(progress={"cnt": 2, "of": 5}), (2, 5)),
    "steps as texts": (result(progress={"cnt": "2", "of": "5"}), (2, 5)),
    "steps with a point": (result(progress={"cnt": 2.0, "of": 5.0}), (2, 5)),
    "steps beside others": (result(progress={"cnt": 2, "of": 5, "percent": 40}), (2, 5)),
    "no details": ({"status": PROCEEDING}, None),
    "details that are null": ({"status": PROCEEDING | {"details": None}}, None),
    "one detail alone": ({"status": PROCEEDING | {"details": "flashing"}}, None),
    "details that are numbers": ({"status": PROCEEDING | {"details": [7, 0.5, None]}}, None),
    "an empty detail": ({"status": PROCEEDING | {"details": [""]}}, None),
    "a code": ({"status": PROCEEDING | {"code": 200}}, None),
    "a code as a text": ({"status": PROCEEDING | {"code": "-7"}}, None),
    "an id as a text": ({"id": "12", "status": PROCEEDING}, None),
    "an id as a number": ({"id": 12, "status": PROCEEDING}, None),
    "an empty id": ({"id": "", "status": PROCEEDING}, None),
    "a time": ({"time": "20300101T120000", "status": PROCEEDING}, None),
    "a timestamp": ({"timestamp": 1_890_000_000_000, "status": PROCEEDING}, None),
    "a timestamp as a text": ({"timestamp": "1890000000000", "status": PROCEEDING}, None),
    "a timestamp in words": ({"timestamp": "2030-01-01T12:00:00Z", "status": PROCEEDING}, None),
    "members of its own": ({"status": PROCEEDING | {"x": {}}, "y": [1, [2]]}, None),
}


@pytest.mark.parametrize("habit", FEEDBACKS)
def test_a_feedback_with(habit: str) -> None:
    body, progress = FEEDBACKS[habit]
    device, _, assignment = makers.lonely()
    answer = wire.post(caller(device), wire.path(assignment, "/feedback"), body)
    assert answer.status_code == 200, answer.content
    assignment.refresh_from_db()
    assert assignment.state == A.INSTALLING
    done, of = assignment.progress_done, assignment.progress_of
    assert (done, of) == (progress or (None, None))


@pytest.mark.parametrize("details", ["one word", ["one word"], ["one", None, ""]])
def test_what_it_says_is_kept(details: Any) -> None:
    device, _, assignment = makers.lonely()
    body = {"status": PROCEEDING | {"details": details}}
    wire.post(caller(device), wire.path(assignment, "/feedback"), body)
    assignment.refresh_from_db()
    assert assignment.text in ("one word", "one")


@pytest.mark.parametrize(
    ("execution", "finished", "state"),
    [
        ("closed", "success", A.SUCCEEDED),
        ("closed", "none", A.SUCCEEDED),
        ("closed", "failure", A.FAILED),
        ("proceeding", "none", A.INSTALLING),
        ("scheduled", "none", A.INSTALLING),
        ("resumed", "none", A.INSTALLING),
        ("download", "none", A.DOWNLOADING),
        ("downloaded", "none", A.DOWNLOADED),
        ("canceled", "none", A.OFFERED),
        ("rejected", "none", A.OFFERED),
    ],
)
def test_every_execution_of_the_protocol(execution: str, finished: str, state: str) -> None:
    device, _, assignment = makers.lonely()
    body = wire.said(execution, finished)
    assert wire.post(caller(device), wire.path(assignment, "/feedback"), body).status_code == 200
    assignment.refresh_from_db()
    assert assignment.state == state


NOT_UNDERSTOOD: dict[str, Any] = {
    "no status": {},
    "no result": {"status": {"execution": "closed"}},
    "no word on the end": {"status": {"execution": "closed", "result": {}}},
    "an unknown execution": {"status": PROCEEDING | {"execution": "dancing"}},
    "steps that are flags": result(progress={"cnt": True, "of": True}),
    "steps below none": result(progress={"cnt": -1, "of": 5}),
    "half a step": result(progress={"cnt": 0.5, "of": 5}),
    "steps in a list": result(progress=[1, 2]),
    "details in an object": {"status": PROCEEDING | {"details": {"a": 1}}},
    "lists in details": {"status": PROCEEDING | {"details": [["a"]]}},
    "a code that is none": {"status": PROCEEDING | {"code": "ok"}},
    "a number for the whole": 7,
}


@pytest.mark.parametrize("fault", NOT_UNDERSTOOD)
def test_what_nobody_can_understand_moves_nothing(fault: str) -> None:
    device, _, assignment = makers.lonely()
    to = wire.path(assignment, "/feedback")
    answer = wire.post(caller(device), to, NOT_UNDERSTOOD[fault])
    assert answer.status_code == 400, answer.content
    assignment.refresh_from_db()
    assert (assignment.state, assignment.reports) == (A.OFFERED, 0)


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        ("text", "text"),
        ("", ""),
        (7, "7"),
        (-7, "-7"),
        (1.5, "1.5"),
        (2**70, str(2**70)),
        (True, "true"),
        (False, "false"),
        (None, ""),
    ],
)
def test_an_attribute_may_be_any_plain_value(value: Any, kept: str) -> None:
    device = makers.devices(1)[0]
    assert configured(device, {"data": {"a": value}}) == 200
    assert device.attributes == {"a": kept}


@pytest.mark.parametrize("value", ["[1]", "{}", "1e999", "NaN", "1" * 600])
def test_an_attribute_that_is_no_plain_value_is_refused(value: str) -> None:
    device = makers.devices(1)[0]
    body = '{"data": {"a": %s}}' % value  # noqa: UP031 - braces
    assert configured(device, body) == 400
    assert device.attributes == {}


@pytest.mark.parametrize(
    "extra",
    [
        {"mode": None},
        {"id": "", "time": "20300101T000000"},
        {"status": {"execution": "closed", "result": {"finished": "success"}, "details": []}},
        {"unknown": [1, {"a": None}]},
    ],
)
def test_attributes_come_with_members_of_older_clients(extra: dict[str, Any]) -> None:
    device = makers.devices(1)[0]
    assert configured(device, {"data": {"a": "1"}} | extra) == 200
    assert device.attributes == {"a": "1"}


@pytest.mark.parametrize(
    "kind", ["application/json", "application/json;charset=UTF-8", "text/plain", "", "x/y"]
)
def test_whatever_a_body_is_called(kind: str) -> None:
    device, _, assignment = makers.lonely()
    to = wire.path(assignment, "/feedback")
    body = b"\xef\xbb\xbf" + json.dumps(wire.said("proceeding")).encode()  # with a byte order mark
    assert caller(device).post(to, body, content_type=kind).status_code == 200


@pytest.mark.parametrize("accept", ["application/hal+json", "*/*", ""])
@pytest.mark.parametrize("tail", ["", "/deploymentBase/{n}", "/configData", "/installedBase/{n}"])
def test_a_slash_at_the_end_changes_nothing(tail: str, accept: str) -> None:
    device, _, assignment = makers.lonely()
    to = makers.base(device) + tail.format(n=assignment.pk)
    client = caller(device)
    plain = client.get(to, headers={"accept": accept})
    slash = client.get(f"{to}/", headers={"accept": accept})
    assert (slash.status_code, said_in(slash)) == (plain.status_code, said_in(plain))
    assert slash["Content-Type"] == "application/json"


def test_feedback_with_a_slash_at_the_end() -> None:
    device, _, assignment = makers.lonely()
    to = wire.path(assignment, "/feedback/")
    assert wire.post(caller(device), to, wire.said("closed", "success")).status_code == 200
    assert Assignment.objects.get(pk=assignment.pk).state == A.SUCCEEDED


def said_in(answer: Any) -> Any:
    """The body without the number of the request."""
    body = json.loads(answer.content)
    return {key: value for key, value in body.items() if key != "request_id"}


def configured(device: Device, body: Any) -> int:
    data = body if isinstance(body, str) else json.dumps(body)
    to = f"{makers.base(device)}/configData"
    answer = caller(device).put(to, data, content_type="application/json")
    device.refresh_from_db()
    return int(answer.status_code)
