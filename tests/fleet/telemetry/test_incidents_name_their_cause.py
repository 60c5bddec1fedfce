"""From windows to incidents."""

from typing import Any

import pytest
from django.test import override_settings

from fleet.access.models import AuditEntry
from fleet.devices.models import DeviceEvent
from fleet.lib import clock
from fleet.telemetry import services
from fleet.telemetry.models import Incident, Suspicion
from fleet.telemetry.monitor.incidents import incident_acknowledge, incident_resolve
from tests.fleet.telemetry.world import Unit, everybody_reports, fleet, later, registered
from tests.personas import SYSTEM

AT_ONCE: dict[str, Any] = {
    "EDGEFLEET_DRIFT_START_SECONDS": 0,
    "EDGEFLEET_DRIFT_DEVICE_START_SECONDS": 0,
    "EDGEFLEET_DRIFT_WINDOW_SECONDS": 600,
    "EDGEFLEET_ROLLUP_SECONDS": 60,
    "EDGEFLEET_DRIFT_END_SECONDS": 0,
}
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def at_once() -> Any:
    with override_settings(**AT_ONCE):
        yield


@pytest.fixture
def units() -> list[Unit]:
    registered()
    return fleet()


def spoil(units: list[Unit], *which: int) -> None:
    for i in which:
        units[i].behaviour = {"shift": 60.0}


def active() -> list[str]:
    return sorted(Incident.objects.exclude(state="resolved").values_list("cause", flat=True))


def test_a_healthy_fleet_has_no_incident(units: list[Unit]) -> None:
    everybody_reports(units)
    assert services.drift_assess() == 1
    assert active() == []


def test_a_bad_lot_is_one_incident_that_names_it(units: list[Unit]) -> None:
    spoil(units, 0, 1, 2)
    everybody_reports(units)
    services.drift_assess()
    assert active() == ["lot=B7"]
    incident = Incident.objects.get()
    assert (incident.level, incident.severity) == ("label", "critical")
    assert incident.summary.startswith("mean left the reference on 3 devices")
    assert incident.evidence["enrichment"][0]["label"] == "lot=B7"
    assert set(incident.evidence["devices"]) == {each.row.public_id for each in units[:3]}


def test_a_second_look_refreshes_the_same_incident(units: list[Unit]) -> None:
    spoil(units, 0, 1, 2)
    everybody_reports(units)
    services.drift_assess()
    with clock.fixed(later(30)):
        everybody_reports(units, 1)
        services.drift_assess()
    incident = Incident.objects.get()
    assert incident.last_seen_at > incident.since
    assert AuditEntry.objects.filter(action="telemetry.incident_open").count() == 1


def test_the_devices_timelines_tell_it(units: list[Unit]) -> None:
    spoil(units, 0, 1, 2)
    everybody_reports(units)
    services.drift_assess()
    told = DeviceEvent.objects.filter(kind="telemetry")
    assert {event.text for event in told} == {"Drift incident: lot=B7"}
    assert told.count() == 3


def test_all_devices_drifted_is_an_incident_of_the_version(units: list[Unit]) -> None:
    spoil(units, *range(10))
    everybody_reports(units)
    services.drift_assess()
    assert active() == ["version"]


def test_one_device_is_an_incident_of_its_own(units: list[Unit]) -> None:
    spoil(units, 5)
    everybody_reports(units)
    services.drift_assess()
    assert active() == [units[5].row.public_id]


def test_one_loud_liar_does_not_speak_for_the_fleet(units: list[Unit]) -> None:
    spoil(units, 5)
    everybody_reports(units)
    for _ in range(20):
        units[5].report(60_000)
    services.drift_assess()
    assert active() == [units[5].row.public_id]


def test_a_wider_cause_takes_over(units: list[Unit]) -> None:
    spoil(units, 0)
    everybody_reports(units)
    services.drift_assess()
    assert active() == [units[0].row.public_id]
    spoil(units, 1, 2)
    with clock.fixed(later(30)):
        everybody_reports(units[:3], 12)
        services.drift_assess()
    assert active() == ["lot=B7"]
    assert Incident.objects.get(state="resolved").note == "Explained by lot=B7."


def test_an_incident_ends_with_newer_healthy_data(units: list[Unit]) -> None:
    spoil(units, 0, 1, 2)
    everybody_reports(units)
    services.drift_assess()
    for each in units:
        each.behaviour = {}
    with clock.fixed(later(1300)):
        everybody_reports(units)
        services.drift_assess()
    assert active() == []
    assert Incident.objects.get().note == "The cause is no longer seen."


def test_silence_does_not_end_an_incident(units: list[Unit]) -> None:
    spoil(units, 0, 1, 2)
    everybody_reports(units)
    services.drift_assess()
    with clock.fixed(later(1300)):
        units[7].report(10)
        services.drift_assess()
    assert active() == ["lot=B7"]


def test_a_cause_must_last_before_it_bothers_anybody(units: list[Unit]) -> None:
    spoil(units, 0, 1, 2)
    everybody_reports(units)
    with override_settings(EDGEFLEET_DRIFT_START_SECONDS=60):
        services.drift_assess()
        assert (active(), Suspicion.objects.get().cause) == ([], "lot=B7")
        with clock.fixed(later(61)):
            everybody_reports(units, 1)
            services.drift_assess()
    assert active() == ["lot=B7"]


def test_a_suspicion_that_passes_is_forgotten(units: list[Unit]) -> None:
    spoil(units, 5)
    everybody_reports(units)
    with override_settings(EDGEFLEET_DRIFT_DEVICE_START_SECONDS=900):
        services.drift_assess()
        units[5].behaviour = {}
        with clock.fixed(later(1300)):
            everybody_reports(units)
            services.drift_assess()
    assert not Suspicion.objects.exists()
    assert not Incident.objects.exists()


def test_an_acknowledged_incident_stays_the_one(units: list[Unit]) -> None:
    spoil(units, 0, 1, 2)
    everybody_reports(units)
    services.drift_assess()
    incident_acknowledge(incident=Incident.objects.get(), by=SYSTEM, note="on it")
    services.drift_assess()
    incident = Incident.objects.get()
    assert (incident.state, incident.acknowledged_by) == ("acknowledged", "tests")


def test_a_cause_that_is_still_there_opens_a_new_incident(units: list[Unit]) -> None:
    spoil(units, 0, 1, 2)
    everybody_reports(units)
    services.drift_assess()
    incident_resolve(incident=Incident.objects.get(), by=SYSTEM, now=clock.now())
    services.drift_assess()
    assert Incident.objects.count() == 2
    assert active() == ["lot=B7"]


def test_assessing_costs_the_same_queries_for_more_devices(
    units: list[Unit], django_assert_max_num_queries: Any
) -> None:
    everybody_reports(units, 3)
    services.rollups_refresh()
    with django_assert_max_num_queries(12):  # three of them ask who is silent
        services.drift_assess()


def test_an_incident_ends_when_its_devices_run_another_version(units: list[Unit]) -> None:
    spoil(units, *range(10))
    everybody_reports(units)
    services.drift_assess()
    assert active() == ["version"]
    other = registered("2.0")
    for each in units:
        each.behaviour = {}
    with clock.fixed(later(1300)):
        for each in units[1:]:
            each.report(schema_id=bytes.fromhex(other.schema_id))
        services.drift_assess()
        assert active() == ["version"], "one device still runs it"
        units[0].report(schema_id=bytes.fromhex(other.schema_id))
        services.drift_assess()
    assert Incident.objects.get(state="resolved").note == "Its devices run another version now."
    with clock.fixed(later(1400)):
        services.drift_assess()
        services.drift_assess()
    assert Incident.objects.count() == 1, "what they did before they left opens nothing anew"
