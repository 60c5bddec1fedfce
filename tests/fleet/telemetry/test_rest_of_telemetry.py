"""REST: incidents, a version's drift, a device's telemetry."""

from typing import Any

import pytest
from django.test import override_settings

from fleet.devices.models import Device
from fleet.telemetry import services
from fleet.telemetry.models import Incident
from fleet.telemetry.monitor import charts
from registry.models import ModelVersion
from tests.fleet.telemetry.world import everybody_reports, fleet, registered, unit
from tests.personas import client

pytestmark = pytest.mark.django_db
READS = [
    "incidents/",
    "incidents/{inc}/",
    "telemetry/versions/{ver}/drift/",
    "telemetry/devices/{dev}/",
]
WRITES = ["incidents/{inc}/acknowledge/", "incidents/{inc}/resolve/"]


@pytest.fixture
def drifted() -> None:
    registered()
    units = fleet()
    for each in units[:3]:
        each.behaviour = {"shift": 60.0}
    everybody_reports(units)
    with override_settings(EDGEFLEET_DRIFT_START_SECONDS=0):
        services.drift_assess()


def call(who: str, method: str, path: str, body: Any = None) -> Any:
    found = [each.objects.order_by("pk").first() for each in (Incident, ModelVersion, Device)]
    inc, ver, dev = (getattr(each, "public_id", None) for each in found)
    url = "/api/v1/" + path.format(inc=inc, ver=ver, dev=dev)
    return getattr(client(who), method)(url, body, format="json")


@pytest.mark.usefixtures("drifted")
@pytest.mark.parametrize("path", READS)
def test_a_viewer_reads(path: str) -> None:
    assert call("viewer", "get", path).status_code == 200


@pytest.mark.usefixtures("drifted")
@pytest.mark.parametrize("path", READS)
@pytest.mark.parametrize(("who", "status"), [("stranger", 403), ("anonymous", 401)])
def test_strangers_read_nothing(path: str, who: str, status: int) -> None:
    assert call(who, "get", path).status_code == status


@pytest.mark.usefixtures("drifted")
@pytest.mark.parametrize("path", WRITES)
def test_only_operators_change_incidents(path: str) -> None:
    for who in ("viewer", "engineer", "stranger", "anonymous"):
        assert call(who, "post", path, {}).status_code in {401, 403}
    answer = call("operator", "post", path, {"note": "camera swapped"})
    assert answer.status_code == 200, answer.data
    assert answer.data["note"] == "camera swapped"
    assert call("operator", "post", path, {}).status_code == 409


@pytest.mark.usefixtures("drifted")
def test_an_incident_names_cause_model_and_evidence() -> None:
    found = call("viewer", "get", "incidents/?active=true").data["results"]
    assert [(row["cause"], row["model"], row["version_label"]) for row in found] == [
        ("lot=B7", "digits", "1.0")
    ]
    assert found[0]["evidence"]["findings"][0]["name"] == "mean"
    assert call("viewer", "get", "incidents/?state=resolved").data["results"] == []


@pytest.mark.usefixtures("drifted")
def test_a_versions_drift_has_all_that_a_chart_needs() -> None:
    found = call("viewer", "get", "telemetry/versions/{ver}/drift/").data
    feature = found["features"][0]
    assert (found["samples"], found["devices"], found["needed"]) == (3000, 10, 0)
    assert len(feature["bins"]) == len(feature["reference"]) == len(feature["live"]) == 16
    assert sum(feature["live"]) == pytest.approx(1, abs=1e-3)
    assert feature["drifted"] is True
    assert found["prediction"]["bins"] == ["zero", "one", "two", "three"]
    assert found["latency_us"] == {"p50": 1024, "p95": 1024, "p99": 1024}
    assert found["series"][0]["psi"]["mean"] > 0.1


@pytest.mark.usefixtures("drifted")
def test_a_device_shows_its_own_drift() -> None:
    found = call("viewer", "get", "telemetry/devices/{dev}/").data
    assert (found["samples"], found["windows_lost"]) == (300, 0)
    assert found["features"][0]["drifted"] is True
    assert found["features"][1]["drifted"] is False


def test_a_short_window_says_how_many_are_missing() -> None:
    registered()
    cam = unit()
    cam.report(30)
    services.rollups_refresh()
    found = charts.device_summary(cam.row)
    assert found is not None
    assert found["needed"] == 70
    assert found["features"][0]["psi"] is None


def test_nothing_reported_is_not_found() -> None:
    registered()
    unit()
    assert call("viewer", "get", "telemetry/devices/{dev}/").status_code == 404
    assert client("viewer").get("/api/v1/incidents/inc_no/").status_code == 404
    assert client("viewer").get("/api/v1/telemetry/versions/ver_no/drift/").status_code == 404


def test_a_list_of_incidents_costs_the_same_for_many(
    drifted: None, django_assert_max_num_queries: Any
) -> None:
    rest = client("viewer")
    with django_assert_max_num_queries(7):
        rest.get("/api/v1/incidents/")
