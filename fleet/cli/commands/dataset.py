"""`edgefleet dataset`: the samples that models are quantised, measured and compared with."""

from pathlib import Path
from typing import Any, Final

import click

from fleet.cli.errors import Refused
from fleet.cli.files import upload
from fleet.cli.session import Session, verb
from fleet.cli.transfer import readable

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
def list_all(session: Session) -> None:
    """List datasets, the newest first."""
    session.output.rows(session.client.pages("datasets/"), COLUMNS)


def push_file(session: Session, name: str, file: Path, kind: str) -> Any:
    """Return the dataset of these bytes, uploaded now or known before."""
    fields = {"name": name, "kind": kind}
    readable(file)
    try:
        return upload(session, "datasets/", file, fields)
    except Refused as error:
        if error.code == DUPLICATE and "id" in error.problem:
            return session.client.get(f"datasets/{error.problem['id']}/")
        raise
