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
FACTS: Final = (*COLUMNS.values(), "version", "model", "evidence")


@click.group()
def incident() -> None:
    """Incidents."""


@verb(incident, "list")
@click.option("--state", help="open, acknowledged or resolved.")
def list_all(session: Session, state: str | None) -> None:
    """List incidents, the newest first."""
    session.output.rows(session.client.pages("incidents/", state=state), COLUMNS)


@verb(incident, "show")
@click.argument("incident_id")
def show(session: Session, incident_id: str) -> None:
    """Show one incident with its evidence."""
    session.output.one(session.client.get(f"incidents/{incident_id}/"), FACTS)


def _act(name: str, sentence: str) -> None:
    def act(session: Session, incident_id: str) -> None:
        session.output.one(session.client.post(f"incidents/{incident_id}/{name}/"), FACTS)

    act.__doc__ = sentence
    verb(incident, name)(click.argument("incident_id")(act))


_act("acknowledge", "Say that somebody looks at it.")
_act("resolve", "Say that it is over.")
