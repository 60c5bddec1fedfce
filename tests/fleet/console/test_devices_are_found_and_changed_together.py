"""The list of devices: searched by name or query, filtered, sorted, changed many at once, taken
along as a file.
"""

import csv
import io
import json
from datetime import timedelta
from typing import Any

import pytest

from fleet.access.models import AuditEntry
from fleet.devices import groups
from fleet.devices.models import Device
from fleet.lib import clock
from tests import personas
from tests.fleet.console.world import World
from tests.fleet.devices.factories import device
from tests.personas import SYSTEM

pytestmark = pytest.mark.django_db
LIST = "/console/devices"


@pytest.fixture
def cameras() -> list[Device]:
    now = clock.now()
    made = [
        device("cam-1", labels={"lot": "B7"}, running={"model": "digits", "version": "1.0"}),
        device("cam-2", labels={"lot": "B8", "old": "yes"}, last_seen_at=now),
        device("door", state="pending", last_seen_at=now - timedelta(days=3)),
    ]
    Device.objects.filter(name="door").update(target="cortex-m4f")
    return made


def listed(**asked: str) -> list[str]:
    """Return the names on the page, in its order."""
    found = personas.client("operator").get(LIST, asked)
    assert found.status_code == 200
    return [row.name for row in found.context["rows"]]


@pytest.mark.parametrize(
    ("asked", "names"),
    [
        ({}, ["cam-1", "cam-2", "door"]),
        ({"q": "CAM"}, ["cam-1", "cam-2"]),
        ({"q": "lot=B7"}, ["cam-1"]),
        ({"state": "pending"}, ["door"]),
        ({"state": "nonsense"}, ["cam-1", "cam-2", "door"]),
        ({"target": "cortex-m4f"}, ["door"]),
        ({"version": "1.*"}, ["cam-1"]),
        ({"seen": "within 1h"}, ["cam-2"]),
        ({"seen": "silent 24h"}, ["cam-1", "door"]),
        ({"sort": "-name"}, ["door", "cam-2", "cam-1"]),
        ({"sort": "-seen"}, ["cam-2", "door", "cam-1"]),
        ({"q": "cam", "seen": "within 1h"}, ["cam-2"]),
    ],
)
def test_filters_narrow_the_list(cameras: Any, asked: dict[str, str], names: list[str]) -> None:
    del cameras
    assert listed(**asked) == names


@pytest.mark.parametrize("asked", [{"q": "lot=="}, {"version": 'a"b'}])
def test_a_filter_that_cannot_be_read_is_told(cameras: Any, asked: dict[str, str]) -> None:
    del cameras
    found = personas.client("operator").get(LIST, asked)
    assert found.context["error"]
    assert list(found.context["rows"]) == []


def press(**fields: Any) -> Any:
    return personas.client("operator").post(f"{LIST}/change", {"back": LIST, **fields}, follow=True)


def test_many_are_labelled_after_a_question(cameras: list[Device]) -> None:
    wish = {
        "device": [row.public_id for row in cameras[:2]],
        "act": "label",
        "labels": 'site="le mans" -old',
    }
    asks = press(**wish).content.decode()
    assert "Label 2 devices?" in asks
    assert Device.objects.get(name="cam-2").labels == {"lot": "B8", "old": "yes"}
    done = press(**wish, yes="yes").content.decode()
    assert "2 devices were changed." in done
    assert Device.objects.get(name="cam-2").labels == {"lot": "B8", "site": "le mans"}
    assert Device.objects.get(name="cam-1").labels == {"lot": "B7", "site": "le mans"}
    assert AuditEntry.objects.filter(action="devices.device_edit").count() == 2


def test_one_that_cannot_be_changed_keeps_no_other_from_it(cameras: list[Device]) -> None:
    done = press(device=[row.public_id for row in cameras], act="accept", yes="yes")
    said = done.content.decode()
    assert "1 device was changed." in said
    assert "cam-1: A device that is accepted" in said
    assert Device.objects.get(name="door").state == "accepted"


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"act": "accept"}, "Tick at least one device."),
        ({"device": "x", "act": "accept"}, "Tick at least one device."),
        ({"device": "", "act": "decommission"}, "Choose what to do"),
        ({"device": "", "act": "label", "labels": " "}, "Type the labels"),
        ({"device": "", "act": "label", "labels": 'site="le'}, "has no other"),
    ],
)
def test_a_wish_that_cannot_be_is_told(
    cameras: list[Device], fields: dict[str, str], says: str
) -> None:
    named = {"device": cameras[0].public_id} if fields.get("device") == "" else {}
    assert says in press(**(fields | named)).content.decode()


def test_the_list_is_taken_along(cameras: Any) -> None:
    del cameras
    Device.objects.filter(name="door").update(name="=1+1")
    client = personas.client("viewer")
    answer = client.get(f"{LIST}/export.csv", {"sort": "name"})
    rows = list(csv.DictReader(io.StringIO(answer.getvalue().decode())))
    assert [row["name"] for row in rows] == ["'=1+1", "cam-1", "cam-2"]
    assert (rows[1]["version"], rows[1]["labels"]) == ("1.0", "lot=B7")
    lines = client.get(f"{LIST}/export.jsonl", {"q": "lot=B7"}).getvalue().decode().splitlines()
    assert [json.loads(line)["labels"] for line in lines] == [{"lot": "B7"}]
    assert client.get(f"{LIST}/export.exe").status_code == 404


def test_devices_are_assigned_to_a_list(cameras: list[Device]) -> None:
    night = groups.group_create(name="night", by=SYSTEM)
    wish = {"device": [row.public_id for row in cameras[:2]], "act": "assign", "group": "night"}
    assert "members of the group night" in press(**wish).content.decode()
    assert not night.members.exists()
    press(**wish, yes="yes")
    assert set(night.members.all()) == set(cameras[:2])
    assert AuditEntry.objects.filter(action="devices.group_members").count() == 1
    groups.group_create(name="lot", query="lot=B7", by=SYSTEM)
    refused = press(**wish | {"group": "lot", "yes": "yes"}).content.decode()
    assert "found by its query" in refused


def test_devices_are_filtered_by_gateway_and_incident(cameras: list[Device], world: World) -> None:
    Device.objects.filter(pk=cameras[1].pk).update(behind=cameras[0])
    assert listed(gateway=cameras[0].public_id) == ["cam-2"]
    assert listed(incident=world.incident.public_id) == [world.device.name]
    found = personas.client("operator").get(LIST, {"incident": "inc_none"})
    assert "There is no incident" in found.context["error"]


@pytest.mark.parametrize(
    ("asked", "query"),
    [
        ({"q": "lot=B7 or old=yes", "state": "accepted"},
         "(lot=B7 or old=yes) and device/state=accepted"),
        ({"version": "1.*", "seen": "silent 24h"},
         'runs/version like "1.*" and not device/seen within 24h'),
        ({"q": "cam", "target": "linux-x86_64"}, 'name like "*cam*" and target=linux-x86_64'),
        ({"gateway": "dev_x"}, ""),
        ({}, ""),
    ],
)  # fmt: skip
def test_a_list_is_kept_as_a_group(cameras: Any, asked: dict[str, str], query: str) -> None:
    del cameras
    page = personas.client("operator").get(LIST, asked)
    assert page.context["kept_as"] == query
    if query:
        assert set(listed(**asked)) == set(listed(q=query))


def test_the_list_is_one_json_document(cameras: list[Device]) -> None:
    del cameras
    client = personas.client("viewer")
    whole = client.get(f"{LIST}/export.json").getvalue()
    assert [row["name"] for row in json.loads(whole)] == ["cam-1", "cam-2", "door"]
    assert json.loads(client.get(f"{LIST}/export.json", {"q": "none"}).getvalue()) == []


def test_a_long_list_costs_the_same_queries(django_assert_max_num_queries: Any) -> None:
    for number in range(60):
        device(f"d{number}")
    client = personas.client("operator")
    with django_assert_max_num_queries(12):
        client.get(LIST, {"q": "d", "seen": "silent 24h"})
