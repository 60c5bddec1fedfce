"""configData: merge, replace, remove; what runs; bounds."""

from typing import Any

import pytest

from fleet.devices.models import Device
from ota.models import DeviceUpdateState
from tests.ota import makers
from tests.ota.ddi import wire
from tests.simulators.fleet import caller

pytestmark = pytest.mark.django_db


def told(device: Device, body: dict[str, Any]) -> int:
    answer = wire.put(caller(device), f"{makers.base(device)}/configData", body)
    device.refresh_from_db()
    return int(answer.status_code)


@pytest.mark.parametrize(
    ("mode", "after"),
    [
        ("merge", {"a": "1", "b": "9", "c": "3"}),
        ("replace", {"b": "9", "c": "3"}),
        ("remove", {"a": "1"}),
        (None, {"a": "1", "b": "9", "c": "3"}),
    ],
)
def test_modes(mode: str | None, after: dict[str, str]) -> None:
    device = makers.devices(1)[0]
    told(device, {"mode": "replace", "data": {"a": "1", "b": "2"}})
    body: dict[str, Any] = {"data": {"b": "9", "c": "3"}}
    assert told(device, body | ({"mode": mode} if mode else {})) == 200
    assert device.attributes == after


def test_what_runs_is_kept_apart() -> None:
    device = makers.devices(1)[0]
    data = {"release": "rel_x", "model": "digits", "version": "1.0", "sha256": "0" * 64, "hw": "B"}
    assert told(device, {"data": data}) == 200
    assert device.running == {key: data[key] for key in data if key != "hw"}


def test_a_client_that_says_nothing_of_it_changes_nothing() -> None:
    device = makers.devices(1)[0]
    device.running = {"release": "rel_x"}
    device.save()
    assert told(device, {"data": {"VIN": "7"}}) == 200
    assert device.running == {"release": "rel_x"}


def test_a_device_without_a_model_says_so() -> None:
    device = makers.devices(1)[0]
    device.running = {"release": "rel_x"}
    device.save()
    assert told(device, {"data": {"release": ""}}) == 200
    assert device.running == {}


def test_old_members_are_ignored() -> None:
    device = makers.devices(1)[0]
    body = {"id": "", "time": "20300101T000000", "status": {"result": {}}, "data": {"a": "1"}}
    assert told(device, body) == 200


@pytest.mark.parametrize(
    "body",
    [
        {"data": {"a": [1]}},
        {"data": {"a": {"b": "c"}}},
        {"data": {"a": "x" * 513}},
        {"data": []},
        {"mode": "guess", "data": {}},
        {},
    ],
)
def test_too_much_or_wrong_is_refused_and_nothing_changes(body: dict[str, Any]) -> None:
    device = makers.devices(1)[0]
    assert told(device, body) == 400
    assert device.attributes == {}
    assert not DeviceUpdateState.objects.exists()


def test_it_is_asked_again_after_an_installation() -> None:
    device, _, assignment = makers.lonely()
    client = caller(device)
    told(device, {"data": {"a": "1"}})
    assert "configData" not in wire.links(client, assignment)
    body = wire.said("closed", "success")
    wire.post(client, wire.path(assignment, "/feedback"), body)
    links = wire.links(client, assignment)
    assert "configData" in links
    assert links["installedBase"].endswith(f"/installedBase/{assignment.pk}")
    installed = client.get(links["installedBase"])
    assert installed.json()["id"] == str(assignment.pk)


def installed(device: Device, body: object) -> int:
    answer = wire.put(caller(device), f"{makers.base(device)}/installedBase", body)
    device.refresh_from_db()
    return int(answer.status_code)


def test_a_device_that_came_with_a_version_says_so_once() -> None:
    release = makers.release("1.0")
    device = makers.devices(1)[0]
    body = {"name": release.product, "version": "1.0"}
    assert [installed(device, body) for _ in range(2)] == [201, 200]
    assert device.running["release"] == release.public_id
    assert device.running["sha256"] == release.artifacts.get().sha256


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"name": "digits", "version": "9.9"}, 404),
        ({"name": "other", "version": "1.0"}, 404),
        ({"name": "digits"}, 400),
        ({"name": "x" * 65, "version": "1.0"}, 400),
        ([], 400),
    ],
)
def test_what_was_never_published_is_not_believed(body: object, status: int) -> None:
    makers.release("1.0")
    device = makers.devices(1)[0]
    assert installed(device, body) == status
    assert device.running == {}


def test_what_is_for_another_target_is_not_believed() -> None:
    release = makers.release("1.0")
    device = makers.devices(1, target="linux-aarch64")[0]
    body = {"name": release.product, "version": "1.0"}
    assert installed(device, body) == 404


def test_more_attributes_than_are_kept_are_too_many() -> None:
    device = makers.devices(1)[0]
    assert told(device, {"data": {f"key{i}": "v" for i in range(101)}}) == 429
    device.refresh_from_db()
    assert device.attributes == {}
