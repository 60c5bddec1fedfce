"""Asking for samples, approving, refusing, stopping: who may, when, and what is written down."""

from typing import Any

import pytest
from django.core.management import call_command

from fleet.access.models import AuditEntry
from fleet.devices.models import Group, GroupMember
from fleet.lib import clock
from fleet.lib.errors import Forbidden
from fleet.telemetry.field.capture.key import private_key
from fleet.telemetry.models import CaptureKey, CapturePart, CaptureRequest, Incident
from registry.models import ModelVersion
from tests.fleet.telemetry.world import Unit, fleet, registered, unit
from tests.personas import client

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def own_keys(tmp_path: Any, settings: Any) -> None:
    settings.EDGEFLEET_KEY_DIR = tmp_path / "keys"


@pytest.fixture
def version() -> ModelVersion:
    return registered().version


@pytest.fixture
def units(version: ModelVersion) -> list[Unit]:
    del version
    made = fleet(4)
    group = Group.objects.create(name="lab", kind="static")
    GroupMember.objects.bulk_create(GroupMember(group=group, device=each.row) for each in made)
    return made


def ask(version: ModelVersion, who: str = "operator", **changes: Any) -> Any:
    body = {"version": version.public_id, "group": "lab", "reason": "night faces", **changes}
    return client(who).post("/api/v1/captures/", body, format="json")


def act(capture: Any, name: str, who: str = "owner", **body: Any) -> Any:
    url = f"/api/v1/captures/{capture.data['id']}/{name}/"
    return client(who).post(url, body, format="json")


def test_another_person_has_to_approve(version: ModelVersion, units: list[Unit]) -> None:
    asked = ask(version)
    assert (asked.status_code, asked.data["state"]) == (201, "asked")
    own = act(asked, "approve", "operator")
    assert own.status_code == 403
    assert "Another person" in own.data["detail"]
    assert not CapturePart.objects.exists()
    done = act(asked, "approve")
    assert (done.status_code, done.data["state"]) == (200, "collecting")
    assert [part["device"] for part in done.data["parts"]] == [u.row.public_id for u in units]
    told = AuditEntry.objects.filter(action__startswith="telemetry.capture_")
    assert [entry.action for entry in told.order_by("sequence")] == [
        "telemetry.capture_ask",
        "telemetry.capture_approve",
    ]


def test_an_installation_may_let_one_person_do_both(
    version: ModelVersion, units: list[Unit], settings: Any
) -> None:
    del units
    settings.EDGEFLEET_CAPTURE_FOUR_EYES = False
    assert act(ask(version), "approve", "operator").status_code == 200


def test_an_incident_asks_its_own_devices(version: ModelVersion, units: list[Unit]) -> None:
    now = clock.now()
    incident = Incident.objects.create(
        version=version,
        level="label",
        cause="lot=B7",
        severity="warning",
        evidence={"devices": [units[0].row.public_id, "dev_gone"]},
        since=now,
        last_seen_at=now,
    )
    body = {"version": version.public_id, "incident": incident.public_id, "reason": "look"}
    asked = client("operator").post("/api/v1/captures/", body, format="json")
    done = act(asked, "approve")
    assert [part["device"] for part in done.data["parts"]] == [units[0].row.public_id]


def test_refused_and_stopped_captures_collect_nothing(
    version: ModelVersion, units: list[Unit]
) -> None:
    del units
    refused = ask(version)
    assert act(refused, "refuse", reason="privacy").data["outcome"] == "privacy"
    assert act(refused, "approve").status_code == 409
    running = ask(version)
    act(running, "approve")
    assert act(running, "stop").data["state"] == "stopped"
    assert not CapturePart.objects.filter(open=True).exists()
    assert act(running, "stop").status_code == 409


def test_a_device_collects_for_one_capture(version: ModelVersion, units: list[Unit]) -> None:
    del units
    first, second = ask(version), ask(version)
    act(first, "approve")
    answer = act(second, "approve")
    assert answer.status_code == 409
    assert first.data["id"] in answer.data["detail"]


@pytest.mark.parametrize(
    ("changes", "status", "said"),
    [
        ({"group": "nobody"}, 404, "There is no group"),
        ({"incident": "inc_none"}, 404, "There is no incident"),
        ({"samples": 10**6}, 400, ""),
        ({"bytes_max": 2**40}, 400, ""),
        ({"reason": ""}, 400, ""),
        ({"pick": "bin", "feature": "nose"}, 400, "counts no feature"),
        ({"pick": "bin", "feature": "mean", "bin": 16}, 400, ""),
    ],
)
def test_what_cannot_be_asked_is_refused(
    version: ModelVersion, units: list[Unit], changes: dict[str, Any], status: int, said: str
) -> None:
    del units
    answer = ask(version, **changes)
    assert answer.status_code == status
    assert said in answer.data["detail"]
    assert not CaptureRequest.objects.exists()


def test_more_bytes_than_a_capture_may_bring_are_refused(
    version: ModelVersion, units: list[Unit]
) -> None:
    del units
    answer = act(ask(version, bytes_max=64 * 1024 * 1024), "approve")
    assert answer.status_code == 200
    lab = Group.objects.get()
    GroupMember.objects.bulk_create(
        GroupMember(group=lab, device=each.row) for each in fleet_of_one_more()
    )
    act(answer, "stop")
    over = act(ask(version, bytes_max=64 * 1024 * 1024), "approve")
    assert over.status_code == 422
    assert "ask for fewer bytes" in over.data["detail"]


def fleet_of_one_more() -> list[Unit]:
    return [unit("cam-99", 99)]


def test_who_may(version: ModelVersion, units: list[Unit]) -> None:
    del units
    for who in ("viewer", "engineer", "stranger"):
        assert ask(version, who).status_code == 403
    asked = ask(version)
    assert act(asked, "approve", "viewer").status_code == 403
    assert client("viewer").get("/api/v1/captures/?state=asked").status_code == 200


def test_the_key_is_made_once_and_its_public_half_told(capsys: Any) -> None:
    assert client("viewer").get("/api/v1/telemetry/capture-key/").status_code == 404
    call_command("capture_key")
    call_command("capture_key")
    first, second = capsys.readouterr().out.split()
    assert first == second == CaptureKey.objects.get().public
    assert client("viewer").get("/api/v1/telemetry/capture-key/").json() == {"public": first}


def test_no_web_process_opens_the_key(settings: Any) -> None:
    call_command("capture_key")
    settings.EDGEFLEET_PRODUCTION, settings.EDGEFLEET_PROCESS = True, "web"
    with pytest.raises(Forbidden, match="only a worker process does"):
        private_key()
    settings.EDGEFLEET_PROCESS = "worker"
    public = private_key().public_key().public_bytes_raw().hex()
    assert public == CaptureKey.objects.get().public
