"""Field by field, what SWUpdate, rauc-hawkbit-updater and Zephyr look for, with their quirks.

Each test walks the way of one client: its order of links, its headers, its bodies, its checks.
"""

import json
import re
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.test import Client

from ota import services
from ota.engine.states import AssignmentState
from ota.models import Assignment
from tests.ota import makers
from tests.ota.ddi import wire
from tests.personas import SYSTEM
from tests.simulators.fleet import caller

pytestmark = pytest.mark.django_db
HAL = {"accept": "application/hal+json"}


def fetched(client: Client, href: str, **headers: str) -> Any:
    """A REST answer as a strict client takes it: exactly 200, length known, absolute links."""
    assert href.startswith("http://testserver/")
    parts = urlsplit(href)
    answer = client.get(parts.path, QUERY_STRING=parts.query, headers=headers or HAL)
    assert answer.status_code == 200
    assert answer["Content-Type"] == "application/json"
    assert int(answer["Content-Length"]) == len(answer.content)
    assert not answer.streaming
    return answer.json()


def start() -> tuple[Client, Assignment, dict[str, Any]]:
    device, _, assignment = makers.lonely()
    client = caller(device)
    return client, assignment, fetched(client, f"http://testserver{makers.base(device)}")


def state(assignment: Assignment) -> str:
    assignment.refresh_from_db()
    return assignment.state


def test_swupdate() -> None:
    client, assignment, poll = start()
    assert re.fullmatch(r"([01]\d|2[0-3]):\d\d:\d\d", poll["config"]["polling"]["sleep"])
    identify = {
        "id": "",
        "time": "20300101T120000",
        "mode": "replace",
        "data": {"hw": "1.0"},
        "status": {"result": {"finished": "success"}, "execution": "closed", "details": [""]},
    }
    config = urlsplit(poll["_links"]["configData"]["href"]).path
    assert wire.put(client, config, identify).status_code == 200

    found = fetched(client, poll["_links"]["deploymentBase"]["href"])
    assert int(found["id"]) == assignment.pk
    assert found["deployment"]["update"] in ("skip", "attempt", "forced")
    (chunk,) = found["deployment"]["chunks"]
    assert {"part", "version", "name", "artifacts"} <= set(chunk)
    (artifact,) = chunk["artifacts"]
    assert re.fullmatch(r"[0-9a-f]{40}", artifact["hashes"]["sha1"])
    assert re.fullmatch(r"[0-9a-f]{32}", artifact["hashes"]["md5"])
    assert isinstance(artifact["size"], int)

    to = wire.path(assignment, "/feedback")
    progress = wire.said("proceeding", "none", "Installing", "half way")
    progress |= {"id": found["id"], "time": "20300101T120001"}
    progress["status"]["result"]["progress"] = {"cnt": 1, "of": 2}
    assert wire.post(client, to, progress).status_code == 200
    done = wire.said("closed", "success", *[f"line {n}" for n in range(48)])
    assert wire.post(client, to, done | {"id": found["id"]}).status_code == 200
    assert wire.post(client, to, done | {"id": found["id"]}).status_code == 200
    assert state(assignment) == AssignmentState.SUCCEEDED


def test_rauc_hawkbit_updater() -> None:
    client, assignment, poll = start()
    links = poll["_links"]
    body = {"data": {"mac": "ff:ff"}}
    assert wire.put(client, urlsplit(links["configData"]["href"]).path, body).status_code == 200
    found = fetched(client, links["deploymentBase"]["href"])
    assert {"download", "update"} <= set(found["deployment"])
    (chunk,) = found["deployment"]["chunks"]
    (artifact,) = chunk["artifacts"]
    assert artifact["hashes"]["sha1"]

    to = wire.path(assignment, "/feedback")
    assert wire.post(client, to, wire.said("download")).status_code == 200
    href = urlsplit(artifact["_links"]["download"]["href"]).path
    half = artifact["size"] // 2
    begin = client.get(href, headers={"range": f"bytes=0-{half - 1}"})
    rest = client.get(href, headers={"range": f"bytes={half}-"})
    assert (begin.status_code, rest.status_code) == (206, 206)
    assert len(b"".join(begin)) + len(b"".join(rest)) == artifact["size"]
    done = client.get(href, headers={"range": f"bytes={artifact['size']}-"})
    assert done.status_code == 416
    for word in (wire.said("downloaded"), wire.said("proceeding", "none", "Installing")):
        assert wire.post(client, to, word).status_code == 200
    assert wire.post(client, to, wire.said("closed", "success", "done")).status_code == 200
    assert state(assignment) == AssignmentState.SUCCEEDED


def test_zephyr() -> None:
    client, assignment, poll = start()
    assert len(poll["config"]["polling"]["sleep"]) == 8
    config = urlsplit(poll["_links"]["configData"]["href"]).path
    body = {"mode": "merge", "data": {"VIN": "board-1"}}
    assert wire.put(client, config, body).status_code == 200
    again = fetched(client, f"http://testserver{makers.base(assignment.device)}")
    assert "configData" not in again["_links"], "this client asks again as long as it is linked"

    href = again["_links"]["deploymentBase"]["href"]
    assert "//" in href
    assert len(href) <= 300
    found = fetched(client, href)
    assert len(json.dumps(found)) < 1500
    (chunk,) = found["deployment"]["chunks"]
    assert chunk["part"] == "bApp"
    (artifact,) = chunk["artifacts"]
    assert re.fullmatch(r"[0-9a-f]{64}", artifact["hashes"]["sha256"])
    download = urlsplit(artifact["_links"]["download-http"]["href"])
    assert download.netloc == "testserver"
    answer = client.get(download.path)
    assert int(answer["Content-Length"]) == artifact["size"] == len(b"".join(answer))
    # It reboots and then says one thing only.
    body = wire.said("closed", "success")
    assert wire.post(client, wire.path(assignment, "/feedback"), body).status_code == 200
    assert state(assignment) == AssignmentState.SUCCEEDED


def test_a_zephyr_that_loses_the_first_digit_still_cancels() -> None:
    client, assignment, poll = start()
    fetched(client, poll["_links"]["deploymentBase"]["href"])
    services.rollout_abort(by=SYSTEM, rollout=assignment.rollout)
    services.rollout_tick(assignment.rollout_id)
    href = wire.links(client, assignment)["cancelAction"]
    # One shipped version reads the number one character too late.
    number = int(href.split("cancelAction/")[1][1:])
    assert number == assignment.pk
    body = fetched(client, href)
    assert int(body["cancelAction"]["stopId"]) == assignment.pk
    to = f"{urlsplit(href).path}/feedback"
    assert wire.post(client, to, wire.said("closed", "success")).status_code == 200
    assert state(assignment) == AssignmentState.CANCELLED


@pytest.mark.parametrize("accept", ["application/hal+json", "*/*", "x/y", ""])
def test_whatever_a_client_accepts_it_gets_json(accept: str) -> None:
    device, _, _ = makers.lonely()
    answer = caller(device).get(makers.base(device), headers={"accept": accept})
    assert answer.status_code == 200
    assert answer["Content-Type"] == "application/json"


def test_history_is_given_when_asked_for() -> None:
    client, assignment, _ = start()
    to = wire.path(assignment, "/feedback")
    wire.post(client, to, wire.said("proceeding", "none", "40 %"))
    plain = client.get(wire.path(assignment)).json()
    asked = client.get(wire.path(assignment), {"actionHistory": "-1"}).json()
    assert "actionHistory" not in plain
    assert asked["actionHistory"]["status"] == "RUNNING"
    assert "40 %" in asked["actionHistory"]["messages"]
    assert client.get(wire.path(assignment), {"actionHistory": "all"}).status_code == 400


def test_errors_speak_both_languages() -> None:
    client, assignment, _ = start()
    answer = client.get(f"{makers.base(assignment.device)}/deploymentBase/999999")
    body = answer.json()
    assert answer.status_code == 404
    assert {"exceptionClass", "errorCode", "message", "detail"} <= set(body)
    assert body["message"] == "There is no action 999999 for this device."
