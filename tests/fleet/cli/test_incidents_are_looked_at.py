"""`edgefleet incident`: what is open, since when and why, and saying that it is over."""

import pytest

from fleet.lib import clock
from fleet.telemetry.choices import CauseLevel, IncidentState, Severity
from fleet.telemetry.models import Incident
from tests.fleet.cli.terminal import Terminal
from tests.ota import makers


@pytest.fixture
def drift(terminal: Terminal) -> Incident:
    del terminal
    now = clock.now()
    return Incident.objects.create(
        version=makers.version("1.0"),
        level=CauseLevel.values[0],
        cause="lot=B7",
        severity=Severity.values[0],
        summary="mean drifted on lot=B7",
        evidence={"features": ["mean"]},
        since=now,
        last_seen_at=now,
    )


def test_open_incidents_are_listed_with_their_cause(terminal: Terminal, drift: Incident) -> None:
    assert "lot=B7" in terminal.ok("incident", "list", "--state", "open")
    assert [row["id"] for row in terminal.json("incident", "list")] == [drift.public_id]
    assert terminal.json("incident", "list", "--state", "resolved") == []


def test_an_incident_is_shown_with_its_evidence(terminal: Terminal, drift: Incident) -> None:
    found = terminal.json("incident", "show", drift.public_id)
    assert found["evidence"] == {"features": ["mean"]}
    assert "mean drifted on lot=B7" in terminal.ok("incident", "show", drift.public_id)


def test_somebody_looks_at_it_and_it_ends(terminal: Terminal, drift: Incident) -> None:
    terminal.ok("incident", "acknowledge", drift.public_id, "--note", "camera gain")
    ended = terminal.json("incident", "resolve", drift.public_id, "--note", "gain restored")
    assert ended["state"] == IncidentState.RESOLVED
    assert ended["note"] == "gain restored"


def test_an_unknown_incident_is_refused(terminal: Terminal) -> None:
    assert terminal.run("incident", "show", "inc_0") == 2
