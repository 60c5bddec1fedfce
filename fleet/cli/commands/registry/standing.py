"""`edgefleet model` and `edgefleet dataset`, with the verbs that describe, put away and delete.

Guarantees: what is deleted was read first, and is as it was read; its name is typed once more, or
given as `--confirm`.
"""

from collections.abc import Callable
from typing import Any, Final

import click

from fleet.cli import references
from fleet.cli.commands.registry.dataset import dataset
from fleet.cli.commands.registry.model import model
from fleet.cli.errors import RequestRefused
from fleet.cli.session import Session, verb

__all__ = ["dataset", "model"]

FACTS: Final = ("name", "model", "label", "id", "description", "archived_at")
STONES: Final = {
    "KIND": "kind",
    "WHAT": "title",
    "ID": "subject",
    "BY": "by",
    "AT": "created_at",
    "WHY": "reason",
    "SHA256": "sha256",
}
Named = Callable[[Session, str], str]


@verb(model, "describe")
@click.argument("name")
@click.option("--title", help="Of a model.")
@click.option("--description", help="Markdown.")
@click.option("--file", type=click.File("r", encoding="utf-8"), help="The description, as a file.")
def describe(
    session: Session, name: str, title: str | None, description: str | None, file: Any
) -> None:
    """Write the card of a model, or of a version such as digits:1.0."""
    said = {"title": title, "description": file.read() if file else description}
    body = {word: text for word, text in said.items() if text is not None}
    if not body:
        raise click.UsageError("Give --title, --description or --file.")
    path = _entry(session, name)
    _, tag = session.client.seen(path)
    session.output.one(session.client.patch(path, body, tag), FACTS)


@verb(model, "deleted")
def deleted(session: Session) -> None:
    """List what was deleted: models, versions, datasets."""
    session.output.rows(session.client.pages("tombstones/"), STONES)


def _entry(session: Session, name: str) -> str:
    """The path of a model, or of one version of it."""
    if not any(sign in name for sign in ":@_"):
        return f"models/{name}/"
    found = references.version(session.client, name)
    return f"models/{found['model']}/versions/{found['number']}/"


def _dataset(session: Session, name: str) -> str:
    return f"datasets/{references.dataset_id(session.client, name)}/"


def _called(found: dict[str, Any]) -> str:
    """What has to be typed before it is deleted."""
    return f"{found['model']}:{found['label']}" if "model" in found else str(found["name"])


def _add(group: click.Group, noun: str, path_of: Named) -> None:
    """Add the three verbs to a group."""

    @verb(group, "archive")
    @click.argument("name")
    @click.option("--reason", default="", help="Kept in the audit log.")
    def archive(session: Session, name: str, reason: str) -> None:
        body = {"archived": True, "reason": reason}
        session.output.one(session.client.patch(path_of(session, name), body), FACTS)

    @verb(group, "restore")
    @click.argument("name")
    def restore(session: Session, name: str) -> None:
        found = session.client.patch(path_of(session, name), {"archived": False})
        session.output.one(found, FACTS)

    @verb(group, "delete")
    @click.argument("name")
    @click.option("--reason", required=True, help="Kept with the name.")
    @click.option("--confirm", help="Its name once more: no question is asked.")
    def delete(session: Session, name: str, reason: str, confirm: str | None) -> None:
        path = path_of(session, name)
        found, tag = session.client.seen(path)
        wanted = _called(found)
        typed = confirm or click.prompt(f"It cannot be undone: type {wanted}", err=True)
        if typed != wanted:
            raise RequestRefused(f"{typed!r} is not {wanted!r}: nothing was deleted.")
        session.client.delete(path, tag, reason=reason)
        session.output.one({**found, "deleted": True}, (*FACTS[:4], "deleted"))

    archive.help = f"Take {noun} out of the lists; nothing new is made of it."
    restore.help = f"Bring {noun} back that was archived."
    delete.help = f"Delete {noun}: its name is never used again."


_add(model, "a model, or a version such as digits:1.0,", _entry)
_add(dataset, "a dataset", _dataset)
