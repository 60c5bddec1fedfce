"""Devices that used to hand in windows and do not: one incident, at the level that explains it."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest

from fleet.console.present.judgement.evidence import evidence_sentences
from fleet.console.present.judgement.next_steps import next_steps
from fleet.devices.models import Device
from fleet.lib import clock
from fleet.telemetry import services
from fleet.telemetry.alerts.evaluate import sighting_of
from fleet.telemetry.alerts.rule import Detector
from fleet.telemetry.models import Incident
from fleet.telemetry.monitor import silence
from tests.fleet.telemetry.world import Unit, fleet, registered, unit

pytestmark = pytest.mark.django_db
DAY, WAIT = 25.0, 0.3  # hours: of silence, and until it is believed


@pytest.fixture
def units() -> list[Unit]:
    silence._usual.clear()
    registered()
    units = fleet()
    hour(0, units)
    return units


def hour(after: float, units: Sequence[Unit]) -> None:
    """These hand in a window, so many hours from now."""
    with clock.fixed(clock.now() + timedelta(hours=after)):
        for each in units:
            each.report()


def look(after: float) -> list[str]:
    """Two looks, a while apart; the causes that are active then."""
    for more in (0.0, WAIT):
        with clock.fixed(clock.now() + timedelta(hours=after + more)):
            silence.silences_assess(now=clock.now())
    found = Incident.objects.filter(kind="silence").exclude(state="resolved")
    return sorted(found.values_list("cause", flat=True))


def change(unit: Unit, **fields: Any) -> None:
    Device.objects.filter(pk=unit.row.pk).update(**fields)


def test_a_device_that_falls_silent_is_told_and_ends_by_itself(units: list[Unit]) -> None:
    hour(DAY - 1, units[1:])
    assert look(DAY) == [f"{units[0].row.public_id} silent"]
    incident = Incident.objects.get()
    assert (incident.level, incident.severity) == ("device", "warning")
    assert incident.summary == "it is not heard, and no window of counts came for 25 hours"
    assert evidence_sentences(incident.evidence, incident.cause) == [
        "It is not heard, and no window of counts came for 25 hours."
    ]
    assert "power" in next_steps(incident.level, incident.evidence, rolled_out=False)[0]
    assert sighting_of(incident).test == Detector.SILENCE
    hour(DAY + 1, units)
    assert look(DAY + 1.1) == []
    incident.refresh_from_db()
    assert incident.note == "Its devices are heard again."
    assert Incident.objects.count() == 1


def test_one_that_visits_and_sends_nothing_is_told_so(units: list[Unit]) -> None:
    hour(DAY - 1, units[1:])
    change(units[0], last_seen_at=clock.now() + timedelta(hours=DAY - 1))
    look(DAY)
    assert Incident.objects.get().summary.startswith("it is heard, but no window")


def test_planned_silence_is_none(units: list[Unit]) -> None:
    hour(DAY - 1, units[3:])
    change(units[0], state="decommissioned")
    change(units[1], state="rejected")
    change(units[2], state="pending")
    unit("never-heard")
    assert look(DAY) == []


def test_a_lot_that_is_silent_is_one_incident(units: list[Unit]) -> None:
    hour(DAY - 1, units[3:])
    assert look(DAY) == ["lot=B7 silent"]
    incident = Incident.objects.get()
    assert (incident.level, incident.severity) == ("label", "critical")
    assert set(incident.evidence["devices"]) == {each.row.public_id for each in units[:3]}
    hour(DAY + 1, [*units[1:]])
    assert look(DAY + 1.1) == [f"{units[0].row.public_id} silent"]
    incident.refresh_from_db()
    assert incident.note == f"Explained by {units[0].row.public_id} silent."


def test_a_gateway_that_is_gone_is_told_instead_of_its_children(units: list[Unit]) -> None:
    for each in units[3:5]:
        change(each, behind=units[9].row)
    hour(DAY - 1, [*units[:3], *units[5:]])
    change(units[9], last_seen_at=clock.now())
    assert look(DAY) == ["gateway=cam-09 silent"]
    assert Incident.objects.get().summary.startswith("2 of 3 devices are not heard")


def test_children_of_a_gateway_that_is_heard_are_told_themselves(units: list[Unit]) -> None:
    for each in units[3:5]:
        change(each, behind=units[9].row)
    hour(DAY - 1, [*units[:3], *units[5:]])
    change(units[9], last_seen_at=clock.now() + timedelta(hours=DAY))
    assert look(DAY) == sorted(f"{each.row.public_id} silent" for each in units[3:5])


def test_a_fleet_that_is_silent_is_one_incident_after_a_while(units: list[Unit]) -> None:
    with clock.fixed(clock.now() + timedelta(hours=DAY)):
        services.drift_assess()
    assert not Incident.objects.exists(), "the service itself may have been away"
    assert look(DAY) == ["fleet silent"]
    assert Incident.objects.get().level == "version"


def test_a_device_that_is_off_every_weekend_is_not_missed(units: list[Unit]) -> None:
    for day in (3, 5):
        hour(24 * day, units)
    services.rollups_refresh()
    hour(24 * 7 - 1, units[1:])
    assert look(24 * 7) == []
    hour(24 * 10 - 1, units[1:])
    assert look(24 * 10) == [f"{units[0].row.public_id} silent"]
