"""`edgefleet alias`: movable names of versions, such as production."""

from typing import Any, Final

import click

from fleet.cli import references
from fleet.cli.errors import Refused
from fleet.cli.session import Session, verb

NOT_FOUND: Final = "not_found"
STALE: Final = "stale"
COLUMNS: Final = ("model", "name", "version", "protected", "updated_at")


@click.group()
def alias() -> None:
    """Aliases: moved only from the version you expect."""


@verb(alias, "set")
@click.argument("model")
@click.argument("name")
@click.argument("version")
@click.option(
    "--expected",
    type=int,
    help="The number it must point to now; without it, the alias must be new.",
)
@click.option("--force", is_flag=True, help="Move it from whatever version it points to.")
def set_alias(
    session: Session, model: str, name: str, version: str, expected: int | None, *, force: bool
) -> None:
    """Point the alias NAME of MODEL at VERSION (a label or number).

    An existing alias moves only with --expected, so that nobody's move is overwritten
    unseen, or with --force.
    """
    if force and expected is not None:
        raise click.UsageError("Give either --expected or --force.")
    wanted = references.by_label_or_number(session.client, model, version)
    path = f"models/{model}/aliases/{name}/"
    before = _stands_at(session, path) if force else expected
    body = {"version": wanted["number"], "expected": before}
    try:
        session.output.one(session.client.put(path, body), COLUMNS)
    except Refused as error:
        if error.code == STALE and expected is None:
            at = _stands_at(session, path)
            raise Refused(
                f"The alias {name} points to version {at}: move it with --expected {at}.",
                code=STALE,
            ) from error
        raise


def _stands_at(session: Session, path: str) -> Any:
    try:
        return session.client.get(path)["version"]
    except Refused as error:
        if error.code == NOT_FOUND:
            return None  # a new alias
        raise
