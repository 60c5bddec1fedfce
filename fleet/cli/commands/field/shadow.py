"""`edgefleet shadow`: run a released version beside what devices run, and see how both agree."""

from typing import Any, Final

import click

from fleet.cli.references import release_id
from fleet.cli.session import Session, verb

COLUMNS: Final = {
    "ID": "id",
    "VERSION": "version_label",
    "GROUP": "group",
    "STATE": "state",
    "EVERY": "every",
    "DEVICES": "devices",
    "UNTIL": "until",
}
FACTS: Final = (
    *COLUMNS.values(),
    "release",
    "time_ms",
    "memory_mib",
    "started_by",
    "stopped_by",
    "agreement",
)


@click.group()
def shadow() -> None:
    """Challengers beside what devices run."""


@verb(shadow, "start")
@click.argument("release")
@click.argument("group")
@click.option("--every", type=int, help="Run it on each so many inferences (10).")
@click.option("--time-ms", type=int, help="What one inference may take (1000).")
@click.option("--memory-mib", type=int, help="What its process may hold (256).")
@click.option("--hours", type=float, help="When it ends by itself (24).")
def start(session: Session, release: str, group: str, **given: Any) -> None:
    """Run RELEASE beside what the devices of GROUP run; nothing is installed."""
    body = {name: value for name, value in given.items() if value is not None}
    named = {"release": release_id(session.client, release), "group": group}
    session.output.one(session.client.post("shadows/", named | body), FACTS)


@verb(shadow, "list")
@click.option("--version", help="A public id (ver_…).")
def list_all(session: Session, version: str | None) -> None:
    """List challengers, the newest first."""
    session.output.rows(session.client.pages("shadows/", version=version), COLUMNS)


@verb(shadow, "show")
@click.argument("shadow_id")
def show(session: Session, shadow_id: str) -> None:
    """Show one, with how its version agrees with each champion."""
    session.output.one(session.client.get(f"shadows/{shadow_id}/"), FACTS)


@verb(shadow, "stop")
@click.argument("shadow_id")
def stop(session: Session, shadow_id: str) -> None:
    """Have all devices end it."""
    session.output.one(session.client.post(f"shadows/{shadow_id}/stop/"), FACTS)
