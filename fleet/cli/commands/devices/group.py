"""`edgefleet group`: devices that get the same."""

from typing import Any, Final

import click

from fleet.cli import complete, references
from fleet.cli.commands.devices.device import COLUMNS as DEVICE_COLUMNS
from fleet.cli.errors import RequestRefused
from fleet.cli.session import Session, verb

COLUMNS: Final = {"NAME": "name", "KIND": "kind", "QUERY": "query", "DESCRIPTION": "description"}
PREVIEW_COLUMNS: Final = {"NAME": "name", "TARGET": "target", "ID": "id"}
REASON_COLUMNS: Final = {"ASKS": "asks", "HAS": "has", "HOLDS": "holds"}
FACTS: Final = ("id", *COLUMNS.values(), "created_at")


@click.group()
def group() -> None:
    """Groups: named devices, or a query over labels."""


@verb(group, "create")
@click.argument("name")
@click.option("--query", help='Such as "lot=B7 and site!=paris": a group that follows it.')
@click.option("--member", "members", multiple=True, help="A device (dev_…); repeat for several.")
@click.option("--description")
def create(
    session: Session,
    name: str,
    query: str | None,
    members: tuple[str, ...],
    description: str | None,
) -> None:
    """Create the group NAME."""
    if query and members:
        raise RequestRefused("A group has a query or named members, not both.")
    body: dict[str, Any] = {"name": name, "query": query, "description": description}
    body = {key: value for key, value in body.items() if value is not None}
    if members:
        body["members"] = list(members)
    session.output.one(session.client.post("groups/", body), FACTS)


@verb(group, "list")
def list_all(session: Session) -> None:
    """List groups."""
    session.output.rows(session.client.pages("groups/"), COLUMNS)


@verb(group, "preview")
@click.argument("query")
@click.option(
    "--device",
    help="Say for this device why the query means it, or not.",
    shell_complete=complete.devices,
)
def preview(session: Session, query: str, device: str | None) -> None:
    """Show whom QUERY means now, such as "lot=B7 and runs/version like 1.*"."""
    meant = references.device_id(session.client, device) if device else None
    found = session.client.get("group-preview/", query=query, device=meant)
    if session.output.as_json:
        session.output.json(found)
        return
    if device:
        session.output.note("It is meant." if found["device_is_meant"] else "It is not meant.")
        session.output.rows(found["device_reasons"], REASON_COLUMNS)
        return
    states = ", ".join(f"{count} {state}" for state, count in sorted(found["states"].items()))
    session.output.note(f"Devices: {states or 'none'}.")
    session.output.rows(found["sample"], PREVIEW_COLUMNS)


@verb(group, "edit")
@click.argument("name", shell_complete=complete.groups)
@click.option("--query", help="Another query, for a group that has one.")
@click.option("--description")
def edit(session: Session, name: str, query: str | None, description: str | None) -> None:
    """Change the query or the description of the group NAME."""
    body = {"query": query, "description": description}
    body = {key: value for key, value in body.items() if value is not None}
    if not body:
        raise RequestRefused("Say what to change: --query or --description.")
    session.output.one(session.client.patch(f"groups/{name}/", body), FACTS)


@verb(group, "members")
@click.argument("name", shell_complete=complete.groups)
def members_of(session: Session, name: str) -> None:
    """List the accepted devices of a group."""
    session.output.rows(session.client.pages(f"groups/{name}/members/"), DEVICE_COLUMNS)
