"""`edgefleet incident`: what a person should look at."""

from typing import Final

import click

from fleet.cli.session import Session, verb

COLUMNS: Final = {
    "ID": "id",
    "KIND": "kind",
    "STATE": "state",
    "SEVERITY": "severity",
    "LEVEL": "level",
    "CAUSE": "cause",
    "VERSION": "version_label",
    "SINCE": "since",
}
FACTS: Final = (
    *COLUMNS.values(),
    "summary",
    "version",
    "model",
    "assigned_to",
    "mute",
    "rollout",
    "runbook",
    "reopened",
    "outcome",
    "note",
    "evidence",
)
NOTES: Final = {"AT": "at", "AUTHOR": "author", "TEXT": "text"}
ACTIONS: Final = {
    "AT": "created_at",
    "RULE": "rule_name",
    "ACTION": "action",
    "STATE": "state",
    "RESULT": "result",
}


@click.group()
def incident() -> None:
    """Incidents."""


@verb(incident, "list")
@click.option("--state", help="open, acknowledged or resolved.")
@click.option("--version", help="A public id (ver_…).")
def list_all(session: Session, **filters: str | None) -> None:
    """List incidents, the newest first."""
    session.output.rows(session.client.pages("incidents/", **filters), COLUMNS)


@verb(incident, "show")
@click.argument("incident_id")
def show(session: Session, incident_id: str) -> None:
    """Show one incident with its evidence."""
    session.output.one(session.client.get(f"incidents/{incident_id}/"), FACTS)


def _act(name: str, sentence: str) -> None:
    def act(session: Session, incident_id: str, note: str) -> None:
        found = session.client.post(f"incidents/{incident_id}/{name}/", {"note": note})
        session.output.one(found, FACTS)

    act.__doc__ = sentence
    note_option = click.option("--note", default="", help="A note for later readers.")
    verb(incident, name)(click.argument("incident_id")(note_option(act)))


_act("acknowledge", "Note that someone is looking at an incident.")


def _post(session: Session, incident_id: str, act: str, body: dict[str, object]) -> None:
    session.output.one(session.client.post(f"incidents/{incident_id}/{act}/", body), FACTS)


@verb(incident, "resolve")
@click.argument("incident_id")
@click.option("--note", default="", help="A note for later readers.")
@click.option("--false-alarm", is_flag=True, help="Nothing was wrong; back-tests count it.")
@click.option("--real", is_flag=True, help="Something was wrong.")
def resolve(
    session: Session, incident_id: str, note: str, *, false_alarm: bool, real: bool
) -> None:
    """Say that it is over, and what it was."""
    if false_alarm and real:
        raise click.UsageError("It was either a false alarm or real.")
    outcome = "false_alarm" if false_alarm else "real" if real else ""
    _post(session, incident_id, "resolve", {"note": note, "outcome": outcome})


@verb(incident, "note")
@click.argument("incident_id")
@click.argument("text")
def note(session: Session, incident_id: str, text: str) -> None:
    """Add a note; those before stay."""
    session.output.one(
        session.client.post(f"incidents/{incident_id}/notes/", {"text": text}), FACTS
    )


@verb(incident, "notes")
@click.argument("incident_id")
def notes(session: Session, incident_id: str) -> None:
    """List what was said about it."""
    session.output.rows(session.client.pages(f"incidents/{incident_id}/notes/"), NOTES)


@verb(incident, "actions")
@click.argument("incident_id")
def actions(session: Session, incident_id: str) -> None:
    """List what rules did about it."""
    session.output.rows(session.client.pages(f"incidents/{incident_id}/actions/"), ACTIONS)


@verb(incident, "assign")
@click.argument("incident_id")
@click.argument("username", default="")
def assign(session: Session, incident_id: str, username: str) -> None:
    """Give it to a person; without a name, to nobody."""
    _post(session, incident_id, "assign", {"username": username})


@verb(incident, "mute")
@click.argument("incident_id")
@click.option("--until", help="A time such as 2027-01-31T08:00Z; without it, until it changes.")
def mute(session: Session, incident_id: str, until: str | None) -> None:
    """Be silent about it."""
    _post(session, incident_id, "mute", {"until": until} if until else {})


@verb(incident, "unmute")
@click.argument("incident_id")
def unmute(session: Session, incident_id: str) -> None:
    """Speak of it again."""
    _post(session, incident_id, "unmute", {})


@verb(incident, "severity")
@click.argument("incident_id")
@click.argument("severity")
def severity(session: Session, incident_id: str, severity: str) -> None:
    """Set how severe it is: warning or critical."""
    _post(session, incident_id, "severity", {"severity": severity})


@verb(incident, "runbook")
@click.argument("incident_id")
@click.argument("link", default="")
def runbook(session: Session, incident_id: str, link: str) -> None:
    """Link what to do about it; without a link, remove it."""
    _post(session, incident_id, "runbook", {"link": link})
