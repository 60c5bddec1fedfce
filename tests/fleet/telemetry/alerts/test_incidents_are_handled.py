"""What people do with an incident, and that one which comes back soon is the same."""

from typing import Any

import pytest
from django.test import override_settings

from fleet.access.models import AuditEntry
from fleet.lib import clock
from fleet.lib.errors import Conflict, Refused
from fleet.telemetry import services
from fleet.telemetry.alerts import handling
from fleet.telemetry.models import Delivery, Incident, IncidentNote
from fleet.telemetry.monitor.incidents import incident_acknowledge, incident_resolve
from fleet.telemetry.monitor.notifications import destinations
from tests import personas
from tests.fleet.telemetry.world import everybody_reports, fleet, later, registered
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
def incident() -> Incident:
    destinations.destination_create(
        name="people",
        kind="email",
        address="a@example.com",
        events=["incident.opened", "incident.changed", "incident.resolved"],
        by=SYSTEM,
    )
    registered()
    units = fleet()
    for each in units[:3]:
        each.behaviour = {"shift": 60.0}
    everybody_reports(units)
    services.drift_assess()
    return Incident.objects.get()


def news() -> list[str]:
    rows = Delivery.objects.order_by("pk")
    return [f"{each.event} {each.payload['data'].get('change', '')}".strip() for each in rows]


def test_opening_and_ending_are_news(incident: Incident) -> None:
    assert news() == ["incident.opened"]
    incident_acknowledge(incident=incident, by=SYSTEM)
    incident_resolve(incident=incident, by=SYSTEM, now=clock.now(), note="gain restored")
    assert news()[1:] == [
        f"incident.changed acknowledged by {SYSTEM.label}",
        "incident.resolved gain restored",
    ]


def test_notes_add_up(incident: Incident) -> None:
    incident_acknowledge(incident=incident, by=SYSTEM, note="looking")
    handling.incident_note(incident=incident, text="a dirty lens", by=SYSTEM)
    incident_resolve(incident=incident, by=SYSTEM, now=clock.now(), note="cleaned")
    handling.incident_note(incident=incident, text="order a brush", by=SYSTEM)
    rows = list(IncidentNote.objects.values_list("text", flat=True))
    assert rows == ["looking", "a dirty lens", "cleaned", "order a brush"]
    incident.refresh_from_db()
    assert incident.note == "order a brush"
    with pytest.raises(Refused, match="words"):
        handling.incident_note(incident=incident, text=" ", by=SYSTEM)


def test_it_is_given_to_a_person_who_may_see_it(incident: Incident) -> None:
    operator = personas.user("operator")
    found = handling.incident_assign(incident=incident, username=operator.get_username(), by=SYSTEM)
    assert found.assigned_to == operator
    for name in ("nobody-at-all", personas.user("stranger").get_username()):
        with pytest.raises(Refused, match="may see incidents"):
            handling.incident_assign(incident=incident, username=name, by=SYSTEM)
    assert handling.incident_assign(incident=found, username="", by=SYSTEM).assigned_to is None


def test_a_severity_that_was_given_is_kept(incident: Incident) -> None:
    assert incident.severity == "critical"
    handling.incident_severity(incident=incident, severity="warning", by=SYSTEM)  # type: ignore[arg-type]
    services.drift_assess()
    incident.refresh_from_db()
    assert incident.severity == "warning"


def test_a_mute_keeps_changes_silent_and_is_audited(incident: Incident) -> None:
    handling.incident_mute(incident=incident, by=SYSTEM, now=clock.now())
    told = len(news())
    handling.incident_runbook(incident=incident, link="https://wiki.example.com/x", by=SYSTEM)
    assert len(news()) == told
    handling.incident_unmute(incident=incident, by=SYSTEM)
    assert len(news()) == told + 1
    acts = AuditEntry.objects.filter(subject=incident.public_id).values_list("action", flat=True)
    assert {"telemetry.incident_mute", "telemetry.incident_unmute"} <= set(acts)
    now = clock.now()
    with pytest.raises(Refused, match="future"):
        handling.incident_mute(incident=incident, by=SYSTEM, now=now, until=now)


def test_a_resolved_one_takes_notes_only(incident: Incident) -> None:
    incident_resolve(incident=incident, by=SYSTEM, now=clock.now())
    with pytest.raises(Conflict, match="only notes"):
        handling.incident_unmute(incident=incident, by=SYSTEM)


def test_one_that_ended_by_itself_and_comes_back_is_the_same(incident: Incident) -> None:
    units = fleet_again(incident)
    with clock.fixed(later(3600)):
        everybody_reports(units)
        services.drift_assess()
    incident.refresh_from_db()
    assert (incident.state, incident.resolved_by) == ("resolved", "drift detector")
    with clock.fixed(later(7200)):
        for each in units[:3]:
            each.behaviour = {"shift": 60.0}
        everybody_reports(units)
        services.drift_assess()
    incident.refresh_from_db()
    assert (incident.state, incident.reopened) == ("open", 1)
    assert incident.resolved_at is None
    assert Incident.objects.count() == 1
    assert news()[-1] == "incident.opened"


def fleet_again(incident: Incident) -> list[Any]:
    """The same devices, healthy, in another boot."""
    from fleet.devices.models import Device
    from tests.fleet.devices.factories import Machine
    from tests.fleet.telemetry.world import Unit

    del incident
    import numpy as np

    rows = Device.objects.order_by("controller_id")
    return [
        Unit(Machine(each.controller_id), each, np.random.default_rng(i), boot_id=2)
        for i, each in enumerate(rows)
    ]
