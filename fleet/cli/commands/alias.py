"""`edgefleet alias`: movable names of versions, such as production."""

from typing import Any, Final

import click

from fleet.cli import references
from fleet.cli.errors import Refused
from fleet.cli.session import Session, verb

NOT_FOUND: Final = "not_found"
COLUMNS: Final = ("model", "name", "version", "protected", "updated_at")


@click.group()
def alias() -> None:
    """Aliases: moved only from where you think they stand."""


@verb(alias, "set")
@click.argument("model")
@click.argument("name")
@click.argument("version")
@click.option(
    "--expected", type=int, help="The number it must stand at now; default: what it shows."
)
def set_alias(session: Session, model: str, name: str, version: str, expected: int | None) -> None:
    """Move the alias NAME of MODEL to VERSION (a label or number)."""
    wanted = references.by_label_or_number(session.client, model, version)
    path = f"models/{model}/aliases/{name}/"
    before = expected if expected is not None else _stands_at(session, path)
    body = {"version": wanted["number"], "expected": before}
    session.output.one(session.client.put(path, body), COLUMNS)


def _stands_at(session: Session, path: str) -> Any:
    try:
        return session.client.get(path)["version"]
    except Refused as error:
        if error.code == NOT_FOUND:
            return None  # a new alias
        raise
