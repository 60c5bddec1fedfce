"""`edgefleet target`: what artifacts can be built for."""

import click

from fleet.cli.session import Session, verb

COLUMNS = {
    "NAME": "name",
    "TITLE": "title",
    "KIND": "kind",
    "CPU": "cpu",
    "FLASH": "flash_bytes",
    "RAM": "ram_bytes",
}


@click.group()
def target() -> None:
    """Targets: the CPU profiles that artifacts are built for."""


@verb(target, "list")
def list_all(session: Session) -> None:
    """List targets."""
    session.output.rows(session.client.pages("targets/"), COLUMNS)
