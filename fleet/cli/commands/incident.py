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
FACTS: Final = (*COLUMNS.values(), "summary", "version", "model", "note", "evidence")


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
_act("resolve", "Mark an incident as resolved.")
