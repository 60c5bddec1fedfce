"""REST: who may read, who may change, and what comes back."""

from typing import Any

import pytest

from fleet.devices.models import Device, EnrolmentCode
from tests.fleet.devices.factories import device
from tests.personas import client

pytestmark = pytest.mark.django_db
READS = [
    "devices/",
    "devices/{id}/",
    "devices/{id}/events/",
    "devices/{id}/tokens/",
    "devices/{id}/key-use/",
    "groups/",
    "group-preview/?query=lot=B7",
    "enrolment-codes/",
]
WRITES: list[tuple[str, str, dict[str, Any]]] = [
    ("patch", "devices/{id}/", {"name": "door"}),
    ("post", "devices/{id}/reject/", {}),
    ("post", "devices/{id}/decommission/", {}),
    ("post", "devices/{id}/accept-children/", {}),
    ("post", "devices/{id}/hold-children/", {}),
    ("post", "devices/{id}/tokens/", {}),
    ("post", "devices/{id}/revoke-key/", {"reason": "lost"}),
    ("post", "devices/", {"controller_id": "new", "target": "linux-x86_64"}),
    ("post", "groups/", {"name": "all"}),
    ("post", "devices-change/", {"devices": ["{id}"], "act": "label", "labels": {"lot": "C3"}}),
    ("post", "enrolment-codes/", {"name": "line 1"}),
]


def call(who: str, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
    row = Device.objects.first() or device(labels={"lot": "B7"})
    url = "/api/v1/" + path.format(id=row.public_id)
    if body and "devices" in body:
        body = body | {"devices": [name.format(id=row.public_id) for name in body["devices"]]}
    return getattr(client(who), method)(url, body, format="json")


@pytest.mark.parametrize("path", READS)
def test_a_viewer_reads(path: str) -> None:
    assert call("viewer", "get", path).status_code == 200


@pytest.mark.parametrize("path", READS)
@pytest.mark.parametrize(("who", "status"), [("stranger", 403), ("anonymous", 401)])
def test_strangers_read_nothing(path: str, who: str, status: int) -> None:
    assert call(who, "get", path).status_code == status


@pytest.mark.parametrize(("method", "path", "body"), WRITES)
def test_an_operator_changes(method: str, path: str, body: dict[str, Any]) -> None:
    answer = call("operator", method, path, body)
    assert answer.status_code in {200, 201}, answer.data


@pytest.mark.parametrize(("method", "path", "body"), WRITES)
@pytest.mark.parametrize("who", ["viewer", "engineer", "stranger", "anonymous"])
def test_others_change_nothing(method: str, path: str, body: dict[str, Any], who: str) -> None:
    before = list(Device.objects.values())
    assert call(who, method, path, body).status_code in {401, 403}
    assert not before or list(Device.objects.values()) == before


def test_devices_are_filtered_by_query_state_and_target() -> None:
    device("a", labels={"lot": "B7"})
    device("b", labels={"lot": "A1"}, state="pending")
    for asked, expected in [
        ("query=lot=B7", ["a"]),
        ("state=pending", ["b"]),
        ("target=linux-x86_64&query=not lot=B7", ["b"]),
    ]:
        found = call("viewer", "get", f"devices/?{asked}").data["results"]
        assert [row["name"] for row in found] == expected


def test_a_query_that_cannot_be_read_is_one_sentence() -> None:
    answer = call("viewer", "get", "devices/?query=lot")
    assert answer.status_code == 400
    assert "needs '=', '!=', 'in' or 'like'" in answer.data["detail"]


def test_an_unknown_device_is_not_found() -> None:
    assert call("viewer", "get", "devices/dev_nobody/").status_code == 404


def test_a_pending_device_is_accepted_over_rest() -> None:
    device(state="pending")
    assert call("operator", "post", "devices/{id}/accept/").data["state"] == "accepted"
    assert call("operator", "post", "devices/{id}/accept/").status_code == 409


def test_a_code_is_shown_once() -> None:
    made = call("operator", "post", "enrolment-codes/", {"name": "line 1", "auto_accept": True})
    assert made.data["code"].startswith("ef_enr_")
    listed = call("viewer", "get", "enrolment-codes/").data["results"][0]
    assert "code" not in listed
    assert (listed["state"], listed["uses_left"]) == ("active", 1)


def test_a_code_is_revoked() -> None:
    call("operator", "post", "enrolment-codes/", {"name": "line 1"})
    path = f"enrolment-codes/{EnrolmentCode.objects.get().public_id}/"
    assert call("operator", "delete", path).status_code == 204
    assert call("viewer", "get", path).data["state"] == "revoked"


def test_a_group_lives_its_life_over_rest() -> None:
    call("operator", "post", "groups/", {"name": "b7", "query": "lot=B7"})
    assert len(call("viewer", "get", "groups/b7/members/").data["results"]) == 1
    edited = call("operator", "patch", "groups/b7/", {"query": "lot=C3"})
    assert edited.data["query"] == "lot=C3"
    assert call("viewer", "get", "groups/b7/members/").data["results"] == []
    assert call("operator", "post", "groups/b7/members/", {"add": []}).status_code == 400
    assert call("operator", "delete", "groups/b7/").status_code == 204


def test_many_devices_are_changed_in_one_call() -> None:
    rows = [device("a", labels={"old": "1"}), device("b", state="pending")]
    names = [row.public_id for row in rows]
    body = {"devices": names, "act": "label", "labels": {"lot": "B7", "old": None}}
    assert call("operator", "post", "devices-change/", body).data == {"changed": 2, "refused": {}}
    assert {str(row.labels) for row in Device.objects.all()} == {"{'lot': 'B7'}"}
    done = call("operator", "post", "devices-change/", {"devices": names, "act": "accept"}).data
    assert done["changed"] == 1
    assert set(done["refused"]) == {names[0]}
    for wrong in (
        {"devices": names, "act": "decommission"},
        {"devices": names, "act": "label"},
        {"devices": names, "act": "accept", "labels": {"a": "b"}},
        {"devices": [], "act": "accept"},
    ):
        assert call("operator", "post", "devices-change/", wrong).status_code == 400
    unknown = {"devices": ["dev_none"], "act": "accept"}
    assert call("operator", "post", "devices-change/", unknown).status_code == 404


def test_a_query_is_tried_before_a_group_is_made_of_it() -> None:
    call("viewer", "get", "groups/")  # makes the device of lot B7
    waits = device("x", state="pending")
    found = call("viewer", "get", "group-preview/?query=lot=B7").data
    assert (found["accepted"], len(found["sample"])) == (1, 1)
    everybody = call("viewer", "get", "group-preview/?query=name+like+*").data
    assert everybody["states"] == {"accepted": 1, "pending": 1}
    asked = f"group-preview/?query=lot=B7+and+device/seen+within+2h&device={waits.public_id}"
    explained = call("viewer", "get", asked).data
    assert explained["device_is_meant"] is False
    assert [reason["holds"] for reason in explained["device_reasons"]] == [False, False]
    assert explained["device_reasons"][1]["has"] == "never heard"
    refused = call("viewer", "get", "group-preview/?query=lot==")
    assert refused.status_code == 400
    assert "column" in refused.data["detail"]


def test_a_static_group_changes_its_members_over_rest() -> None:
    row = device("x")
    call("operator", "post", "groups/", {"name": "g", "members": [row.public_id]})
    call("operator", "post", "groups/g/members/", {"remove": [row.public_id]})
    assert call("viewer", "get", "groups/g/members/").data["results"] == []


def test_a_list_costs_the_same_queries_for_many_devices(
    django_assert_max_num_queries: Any,
) -> None:
    for i in range(20):
        device(f"d{i}")
    rest = client("viewer")
    with django_assert_max_num_queries(7):
        assert len(rest.get("/api/v1/devices/").data["results"]) == 20
