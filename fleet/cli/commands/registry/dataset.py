"""`edgefleet dataset`: the samples that models are quantised, measured and compared with."""

from pathlib import Path
from typing import Any, Final

import click

from fleet.cli import references
from fleet.cli.errors import RequestRefused
from fleet.cli.files import upload
from fleet.cli.rest.transfer import readable
from fleet.cli.session import Session, verb

KINDS: Final = ("calibration", "evaluation", "reference")
COLUMNS: Final = {
    "ID": "id",
    "NAME": "name",
    "KIND": "kind",
    "SAMPLES": "samples",
    "SHAPE": "x_shape",
    "LABELS": "has_labels",
    "SHA256": "sha256",
}
DUPLICATE: Final = "duplicate"


@click.group()
def dataset() -> None:
    """Datasets (.npz with the array x, and y where labels are known)."""


@verb(dataset, "push")
@click.argument("name")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--kind", type=click.Choice(KINDS), required=True)
def push(session: Session, name: str, file: Path, kind: str) -> None:
    """Upload FILE as the dataset NAME. Pushing the same bytes again finds the first."""
    session.output.one(push_file(session, name, file, kind), tuple(COLUMNS.values()))


@verb(dataset, "list")
@click.option("--kind", type=click.Choice(KINDS), help="Only those of one kind.")
@click.option("--archived", is_flag=True, help="Those that were put away.")
def list_all(session: Session, kind: str | None, *, archived: bool) -> None:
    """List datasets, the newest first."""
    wanted = {"archived": "true"} if archived else {}
    session.output.rows(session.client.pages("datasets/", kind=kind, **wanted), COLUMNS)


@verb(dataset, "show")
@click.argument("name")
def show(session: Session, name: str) -> None:
    """Show a dataset, by its id (dst_…) or its name."""
    path = f"datasets/{references.dataset_id(session.client, name)}/"
    facts = (*COLUMNS.values(), "size_bytes", "created_by", "created_at", "archived_at")
    session.output.one(session.client.get(path), facts)


def push_file(session: Session, name: str, file: Path, kind: str) -> Any:
    """Return the dataset of these bytes, uploaded now or known before."""
    fields = {"name": name, "kind": kind}
    readable(file)
    try:
        return upload(session, "datasets/", file, fields)
    except RequestRefused as error:
        if error.code == DUPLICATE and "id" in error.problem:
            return session.client.get(f"datasets/{error.problem['id']}/")
        raise
