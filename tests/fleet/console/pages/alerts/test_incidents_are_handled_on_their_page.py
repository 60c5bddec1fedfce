"""The forms of an incident's page do what REST does; a refused one keeps what was typed."""

from typing import Any

from fleet.access.models import AuditEntry
from fleet.telemetry.models import Incident, IncidentNote
from tests import personas
from tests.fleet.console.typed import value_of
from tests.fleet.console.world import World


def post(world: World, verb: str, who: str = "operator", **typed: str) -> Any:
    page = f"/console/incidents/{world.incident.public_id}"
    answer = personas.client(who).post(f"{page}/{verb}", {"back": page, **typed}, follow=True)
    world.incident.refresh_from_db()
    return answer


def shown(world: World, who: str = "operator") -> str:
    answer = personas.client(who).get(f"/console/incidents/{world.incident.public_id}")
    return str(answer.content.decode())


def test_it_is_given_to_a_person_and_back_to_nobody(world: World) -> None:
    personas.user("engineer")
    assert '<option value="engineer">engineer</option>' in shown(world)
    post(world, "assign", username="engineer")
    assert world.incident.assigned_to is not None
    assert world.incident.assigned_to.username == "engineer"
    assert '<option value="engineer" selected>' in shown(world)
    post(world, "assign", username="")
    assert world.incident.assigned_to is None


def test_who_may_not_see_incidents_is_not_offered_and_not_taken(world: World) -> None:
    personas.user("stranger")
    assert '<option value="stranger"' not in shown(world)
    answer = post(world, "assign", username="stranger")
    assert "is not a person who may see incidents" in answer.content.decode()


def test_it_is_muted_until_a_time_until_it_changes_and_unmuted(world: World) -> None:
    post(world, "mute", until="2099-01-02T03:04")
    assert world.incident.muted_until is not None
    assert world.incident.muted_until.isoformat() == "2099-01-02T03:04:00+00:00"
    assert "muted until 2099-01-02 03:04 UTC" in " ".join(shown(world).split())
    post(world, "mute-until-changed")
    found = Incident.objects.get(pk=world.incident.pk)
    assert (found.muted_until, found.muted_as) == (None, found.looks())
    assert "muted until it changes" in shown(world)
    post(world, "unmute")
    assert world.incident.muted_as == ""


def test_a_mute_that_cannot_be_keeps_what_was_typed(world: World) -> None:
    for until in ("", "2001-01-01T00:00", "2099-02-31T00:00", "soon", "9" * 400):
        answer = post(world, "mute", until=until)
        assert value_of(answer.content.decode(), "until") == until
        assert 'id="wrong-until" role="alert"' in answer.content.decode(), until
    assert world.incident.muted_until is None


def test_severity_and_runbook_are_set(world: World) -> None:
    post(world, "severity", severity="critical")
    post(world, "runbook", link="https://wiki.example.com/lamps")
    assert (world.incident.severity, world.incident.severity_given) == ("critical", "critical")
    assert 'href="https://wiki.example.com/lamps"' in shown(world)
    post(world, "runbook", link="")
    assert world.incident.runbook == ""


def test_a_link_that_a_page_may_not_show_is_refused_and_kept(world: World) -> None:
    answer = post(world, "runbook", link="javascript:alert(1)")
    assert value_of(answer.content.decode(), "link") == "javascript:alert(1)"
    assert 'href="javascript' not in answer.content.decode()
    post(world, "severity", severity="none")
    assert world.incident.severity != "none"


def test_notes_add_up_and_each_act_is_in_the_audit_log(world: World) -> None:
    post(world, "note", text="first\nlooked at cam-1")
    post(world, "acknowledge", note="on my way")
    found = [each.text for each in IncidentNote.objects.filter(incident=world.incident)]
    assert found == ["first\nlooked at cam-1", "on my way"]
    assert "first<br>looked at cam-1" in shown(world)
    acts = AuditEntry.objects.filter(subject=world.incident.public_id)
    assert {(each.action, each.actor_label) for each in acts} == {
        ("telemetry.incident_note", "operator"),
        ("telemetry.incident_acknowledged", "operator"),
    }


def test_a_note_without_words_is_refused(world: World) -> None:
    post(world, "note", text="   ")
    text = "x" * 2001
    assert value_of(post(world, "note", text=text).content.decode(), "text") == text
    assert not IncidentNote.objects.exists()


def test_it_is_resolved_with_what_it_was_and_only_once(world: World) -> None:
    post(world, "resolve", outcome="false_alarm", note="a truck in front of it")
    assert (world.incident.state, world.incident.outcome) == ("resolved", "false_alarm")
    again = post(world, "resolve", outcome="real")
    assert "resolved already" in again.content.decode()
    assert "Resolve this incident" not in shown(world)


def test_who_may_only_look_sees_no_form(world: World) -> None:
    assert "Add a note" not in shown(world, "viewer")
    assert "What is done about it" in shown(world, "viewer")
