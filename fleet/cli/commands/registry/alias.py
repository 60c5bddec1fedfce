"""`edgefleet alias`: movable names of versions, such as production."""

from typing import Any, Final

import click

from fleet.cli import references
from fleet.cli.errors import RequestRefused
from fleet.cli.session import Session, verb

NOT_FOUND: Final = "not_found"
STALE: Final = "stale"
HEADS: Final = {
    "NAME": "name",
    "VERSION": "version",
    "LABEL": "label",
    "PROTECTED": "protected",
    "MOVED": "updated_at",
}
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
    except RequestRefused as error:
        if error.code == STALE and expected is None:
            at = _stands_at(session, path)
            raise RequestRefused(
                f"The alias {name} points to version {at}: move it with --expected {at}.",
                code=STALE,
            ) from error
        raise


def _stands_at(session: Session, path: str) -> Any:
    try:
        return session.client.get(path)["version"]
    except RequestRefused as error:
        if error.code == NOT_FOUND:
            return None  # a new alias
        raise


@verb(alias, "list")
@click.argument("model")
def list_all(session: Session, model: str) -> None:
    """List the aliases of MODEL."""
    session.output.rows(session.client.pages(f"models/{model}/aliases/"), HEADS)


@verb(alias, "history")
@click.argument("model")
@click.argument("name")
def history(session: Session, model: str, name: str) -> None:
    """Show how the alias NAME of MODEL moved, the newest move first."""
    rows = session.client.pages(f"models/{model}/aliases/{name}/moves/")
    session.output.rows(rows, {"AT": "created_at", "FROM": "old", "TO": "new", "BY": "by"})


@verb(alias, "protect")
@click.argument("model")
@click.argument("name")
@click.option("--off", is_flag=True, help="Lift the protection.")
def protect(session: Session, model: str, name: str, *, off: bool) -> None:
    """Let only those who may change access move the alias NAME of MODEL."""
    path = f"models/{model}/aliases/{name}/"
    session.output.one(session.client.patch(path, {"protected": not off}), COLUMNS)


@verb(alias, "remove")
@click.argument("model")
@click.argument("name")
@click.option("--expected", type=int, required=True, help="The number it must point to now.")
def remove(session: Session, model: str, name: str, expected: int) -> None:
    """Take the alias NAME of MODEL away, if it points to the version you expect."""
    session.client.delete(f"models/{model}/aliases/{name}/", expected=expected)
    session.output.one({"model": model, "name": name, "version": None}, COLUMNS[:3])
