"""`edgefleet group`: devices that get the same."""

from typing import Any, Final

import click

from fleet.cli.commands.device import COLUMNS as DEVICE_COLUMNS
from fleet.cli.errors import Refused
from fleet.cli.session import Session, verb

COLUMNS: Final = {"NAME": "name", "KIND": "kind", "QUERY": "query", "DESCRIPTION": "description"}
FACTS: Final = ("id", *COLUMNS.values(), "created_at")


@click.group()
def group() -> None:
    """Groups: named devices, or a query over labels."""


@verb(group, "create")
@click.argument("name")
@click.option("--query", help='Such as "lot=B7 and site!=paris": a group that follows the labels.')
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
        raise Refused("A group has a query or named members, not both.")
    body: dict[str, Any] = {"name": name, "query": query, "description": description}
    body = {key: value for key, value in body.items() if value is not None}
    if members:
        body["members"] = list(members)
    session.output.one(session.client.post("groups/", body), FACTS)


@verb(group, "list")
def list_all(session: Session) -> None:
    """List groups."""
    session.output.rows(session.client.pages("groups/"), COLUMNS)


@verb(group, "members")
@click.argument("name")
def members_of(session: Session, name: str) -> None:
    """List the accepted devices of a group."""
    session.output.rows(session.client.pages(f"groups/{name}/members/"), DEVICE_COLUMNS)
