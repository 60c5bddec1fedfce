"""Challengers from a person's order to the devices' reports, over REST and the device protocol."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from device_agent.protocol.field import shadow as wire_form
from device_agent.protocol.field.shadow import ShadowReport, ShadowState
from fleet.access.models import AuditEntry
from fleet.devices.models import Device
from fleet.lib import clock
from ota.engine.states import ReleaseState
from ota.models import DeviceUpdateState, Release, Shadow, ShadowCount
from ota.rollouts.agreement import agreement
from tests.ota import makers
from tests.ota.ddi import wire
from tests.personas import client
from tests.simulators.fleet import caller

pytestmark = pytest.mark.django_db


@pytest.fixture
def members() -> list[Device]:
    made = makers.devices(3)
    makers.group(made)
    return made


@pytest.fixture
def release(members: list[Device]) -> Release:
    del members
    makers.version("1.0", targets=())
    return makers.release("2.0")


def begin(release: Release, who: str = "operator", **changes: Any) -> Any:
    body = {"release": release.public_id, "group": "lab", "every": 5, **changes}
    return client(who).post("/api/v1/shadows/", body, format="json")


def poll(device: Device) -> dict[str, str]:
    answer = caller(device).get(makers.base(device)).json()
    return {rel: link["href"] for rel, link in answer["_links"].items()}


def report(device: Device, public_id: str, **changes: Any) -> Any:
    given: dict[str, Any] = {
        "id": public_id,
        "champion": "1.0",
        "boot_id": 1,
        "seq": 1,
        "state": ShadowState.RUNNING,
        "reason": "",
        "ran": 10,
        "skipped": 2,
        "pairs": ((0, 0, 9), (0, 1, 1)),
    }
    told = ShadowReport(**given | changes)
    return wire.post(caller(device), f"{makers.base(device)}/shadow", wire_form.dump_report(told))


def test_devices_of_the_group_are_told_what_to_run(release: Release, members: list[Device]) -> None:
    answer = begin(release)
    assert answer.status_code == 201, answer.data
    assert (answer.data["devices"], answer.data["state"]) == (3, "running")
    link = poll(members[0])["shadow"]
    assert link.endswith(f"/shadow?id={answer.data['id']}")
    order = wire_form.parse_order(caller(members[0]).get(link).json())
    artifact = release.artifacts.get()
    assert (order.model, order.version, order.every) == ("digits", "2.0", 5)
    assert order.artifact.sha256 == artifact.sha256
    assert order.tuf_path.startswith("digits/2.0/linux-x86_64/")
    answer = caller(members[0]).get(order.download)
    assert answer.status_code == 200
    answer.close()
    entry = AuditEntry.objects.get(action="ota.shadow_start")
    assert entry.detail["devices"] == 3


def test_others_are_told_nothing_and_get_no_bytes(release: Release, members: list[Device]) -> None:
    begin(release)
    order = caller(members[0]).get(poll(members[0])["shadow"]).json()
    stranger = makers.devices(1, prefix="other")[0]
    assert "shadow" not in poll(stranger)
    http = caller(stranger)
    assert http.get(f"{makers.base(stranger)}/shadow").status_code == 404
    path = order["download"].replace(members[0].controller_id, stranger.controller_id)
    assert http.get(path).status_code == 404


def test_a_poll_costs_no_more_reads(
    release: Release, members: list[Device], django_assert_num_queries: Any
) -> None:
    begin(release)
    http = caller(members[0])
    with django_assert_num_queries(2):
        http.get(makers.base(members[0]))


def test_reports_are_summed_by_champion_and_group(release: Release, members: list[Device]) -> None:
    public_id = begin(release).data["id"]
    for device in members:
        assert report(device, public_id).status_code == 200
    (found,) = agreement(release.model_version)
    assert (found["champion_label"], found["devices"]) == ("1.0", 3)
    assert (found["ran"], found["agreed"], found["skipped"], found["share"]) == (30, 27, 6, 0.9)
    assert found["pairs"] == [[0, 0, 27], [0, 1, 3]]
    assert [(row["group"], row["ran"]) for row in found["groups"]] == [("lab", 30)]


def test_a_later_report_replaces_and_an_older_one_changes_nothing(
    release: Release, members: list[Device]
) -> None:
    public_id = begin(release).data["id"]
    report(members[0], public_id, seq=5)
    report(members[0], public_id, seq=7, ran=20, pairs=((0, 0, 20),))
    for seq in (5, 7):
        report(members[0], public_id, seq=seq)
    row = ShadowCount.objects.get()
    assert (row.seq, row.ran, row.agreed) == (7, 20, 20)
    report(members[0], public_id, boot_id=2)
    assert agreement(release.model_version)[0]["ran"] == 30


def test_a_device_that_ended_it_is_named_with_its_reason(
    release: Release, members: list[Device]
) -> None:
    public_id = begin(release).data["id"]
    said = "The challenger's process ended by signal 11."
    report(members[0], public_id, state=ShadowState.STOPPED, reason=said)
    found = client("viewer").get(f"/api/v1/shadows/{public_id}/").data["agreement"][0]
    assert found["troubles"] == [
        {"device": members[0].public_id, "state": "stopped", "reason": said}
    ]


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"id": "shw_other"}, 404),
        ({"champion": "9.9"}, 422),
        ({"ran": 11}, 400),
        ({"pairs": ((0, 999, 10),)}, 422),
    ],
)
def test_a_report_that_cannot_be_is_refused(
    release: Release, members: list[Device], changes: dict[str, Any], status: int
) -> None:
    version = release.model_version
    type(version).objects.filter(pk=version.pk).update(class_names=["zero", "one"])
    public_id = begin(release).data["id"]
    answer = report(members[0], changes.pop("id", public_id), **changes)
    assert answer.status_code == status, answer.content
    assert not ShadowCount.objects.exists()


def test_a_device_that_starts_without_end_is_bounded(
    release: Release, members: list[Device]
) -> None:
    public_id = begin(release).data["id"]
    answers = [report(members[0], public_id, boot_id=n).status_code for n in range(34)]
    assert answers[-1] == 422
    assert ShadowCount.objects.count() == 32


def test_it_is_stopped_once_and_devices_end_it(release: Release, members: list[Device]) -> None:
    public_id = begin(release).data["id"]
    answer = client("operator").post(f"/api/v1/shadows/{public_id}/stop/")
    assert answer.data["state"] == "stopped"
    assert "shadow" not in poll(members[0])
    assert not DeviceUpdateState.objects.exclude(shadow=None).exists()
    assert client("operator").post(f"/api/v1/shadows/{public_id}/stop/").status_code == 409
    assert AuditEntry.objects.filter(action="ota.shadow_stop").count() == 1


def test_it_ends_by_itself_and_another_may_begin(release: Release, members: list[Device]) -> None:
    first = begin(release, hours=1).data["id"]
    with clock.fixed(clock.now() + timedelta(hours=2)):
        assert "shadow" not in poll(members[0])
        assert report(members[0], first).status_code == 200, "its last report may be late"
        assert begin(release).status_code == 201
    assert Shadow.objects.count() == 2


def test_one_challenger_at_a_time(release: Release) -> None:
    first = begin(release)
    again = begin(release)
    assert again.status_code == 409
    assert first.data["id"] in again.data["detail"]


def test_only_what_is_published_runs(release: Release, members: list[Device]) -> None:
    public_id = begin(release).data["id"]
    link = poll(members[0])["shadow"]
    Release.objects.filter(pk=release.pk).update(state=ReleaseState.REVOKED)
    assert caller(members[0]).get(link).status_code == 404
    client("operator").post(f"/api/v1/shadows/{public_id}/stop/")
    answer = begin(release)
    assert answer.status_code == 409
    assert "is revoked, not published" in answer.data["detail"]


def test_a_group_with_a_target_that_was_not_built_is_refused(release: Release) -> None:
    makers.group(makers.devices(1, prefix="arm", target="linux-aarch64"), "arm")
    answer = begin(release, group="arm")
    assert answer.status_code == 422
    assert "linux-aarch64" in answer.data["detail"]
    makers.group([], "empty")
    assert begin(release, group="empty").status_code == 422


def test_who_may_begin(release: Release) -> None:
    for who in ("viewer", "engineer", "stranger"):
        assert begin(release, who).status_code == 403
    assert begin(release, "anonymous").status_code == 401
    assert client("viewer").get("/api/v1/shadows/?running=true").status_code == 200


@pytest.mark.parametrize(
    "changes", [{"every": 0}, {"time_ms": 10**6}, {"memory_mib": 1}, {"hours": 10**5}]
)
def test_budgets_beyond_their_limits_are_refused(release: Release, changes: dict[str, Any]) -> None:
    assert begin(release, **changes).status_code == 400


def test_a_client_that_knows_no_shadows_loses_nothing(members: list[Device]) -> None:
    assert set(poll(members[0])) == {"configData", "telemetry", "tuf"}
    assert Client().get(f"{makers.base(members[0])}/shadow").status_code == 401
