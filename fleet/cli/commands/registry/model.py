"""`edgefleet model`: models, their versions, and the files of these."""

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Final

import click

from fleet.cli import references
from fleet.cli.commands.registry.dataset import KINDS, push_file
from fleet.cli.errors import FailedOutcome, RequestRefused
from fleet.cli.files import fetch, upload
from fleet.cli.rest.transfer import readable
from fleet.cli.session import Session, verb
from fleet.cli.watching import follow

COLUMNS: Final = {"NAME": "name", "TITLE": "title", "VERSIONS": "versions", "ALIASES": "aliases"}
VERSION_COLUMNS: Final = {
    "NUMBER": "number",
    "LABEL": "label",
    "ID": "id",
    "FORMAT": "format",
    "STATE": "state",
    "ALIASES": "aliases",
    "METRICS": "metrics",
    "CREATED": "created_at",
}
VERSION_FACTS: Final = (
    "id", "model", "number", "label", "state", "reasons", "format", "sha256", "size_bytes",
    "io_schema", "ops", "metrics", "evaluations", "datasets", "lineage", "class_names",
    "description", "created_at", "archived_at",
)  # fmt: skip
DIFFERENCES: Final = (
    "before", "after", "same_file", "size_bytes", "format", "io", "ops", "metrics", "evaluations",
    "datasets", "lineage", "class_names",
)  # fmt: skip
PENDING: Final = "pending"
REJECTED: Final = "rejected"


@click.group()
def model() -> None:
    """Models and their versions. A version is named MODEL:LABEL, MODEL:NUMBER or MODEL@ALIAS."""


@verb(model, "create")
@click.argument("name")
@click.option("--title", default="")
@click.option("--description", default="")
def create(session: Session, name: str, title: str, description: str) -> None:
    """Create the model NAME."""
    body = {"name": name, "title": title, "description": description}
    session.output.one(session.client.post("models/", body), ("name", "title", "created_at"))


@verb(model, "list")
@click.option("--archived", is_flag=True, help="Those that were put away.")
def list_all(session: Session, *, archived: bool) -> None:
    """List models."""
    wanted = {"archived": "true"} if archived else {}
    session.output.rows(session.client.pages("models/", **wanted), COLUMNS)


@verb(model, "show")
@click.argument("name")
def show(session: Session, name: str) -> None:
    """Show a model's versions, or one version such as digits:1.0."""
    if any(sign in name for sign in ":@_"):
        session.output.one(references.version(session.client, name), VERSION_FACTS)
        return
    versions = list(session.client.pages(f"models/{name}/versions/"))
    if session.output.as_json:
        session.output.json(session.client.get(f"models/{name}/") | {"versions": versions})
    else:
        session.output.rows(versions, VERSION_COLUMNS)


@verb(model, "push")
@click.argument("name")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--label", help="The name of the version, such as 1.0.")
@click.option("--calibration", help="A dataset's id (dst_…), or a .npz file to push first.")
@click.option("--evaluation", help="As above, with labels.")
@click.option("--reference", help="As above.")
@click.option(
    "--metric", "metrics", multiple=True, metavar="KEY=NUMBER", help="Repeat for several."
)
@click.option("--lineage", multiple=True, metavar="KEY=VALUE", help="Such as commit=4f2a; repeat.")
@click.option("--classes", help="Names of the classes, in the order of the outputs: a,b,c.")
@click.option("--wait/--no-wait", default=True, help="Wait until the file has been checked.")
def push(
    session: Session, name: str, file: Path, label: str | None, *, metrics: tuple[str, ...],
    lineage: tuple[str, ...], classes: str | None, wait: bool, **sets: str | None,
) -> None:  # fmt: skip
    """Upload FILE (.keras, .onnx, .pt2, .skops, .json, .tflite, Edge Impulse's .zip) as a version
    of the model NAME.
    """
    readable(file)
    fields = {
        "label": label or "",
        "metrics": json.dumps(numbers(metrics)),
        "lineage": json.dumps(pairs(lineage)),
        "class_names": json.dumps(classes.split(",") if classes else []),
        "datasets": json.dumps(datasets(session, f"{name}-{label or file.stem}", sets)),
    }
    known = {field: text for field, text in fields.items() if text not in ("", "{}", "[]")}
    version = upload(session, f"models/{name}/versions/", file, known)
    if wait:
        version = settled(session, name, version)
    session.output.one(version, VERSION_FACTS)
    if version["state"] == REJECTED:
        raise FailedOutcome(f"The version was rejected: {' '.join(version['reasons'])}")


@verb(model, "download")
@click.argument("version")
@click.option("--out", type=click.Path(path_type=Path), help="The file to write.")
def download(session: Session, version: str, out: Path | None) -> None:
    """Download the file of a version and check its digest."""
    found = references.version(session.client, version)
    path = out or Path(f"{found['model']}-{found['number']}.{found['format']}")
    fetch(session, f"blobs/{found['sha256']}/", path, found["sha256"])
    session.output.one({"file": str(path), "sha256": found["sha256"]}, ("file", "sha256"))


@verb(model, "windows")
@click.argument("version")
@click.option("--hours", type=float, default=24.0, show_default=True, help="How far back.")
@click.option("--out", type=click.Path(path_type=Path), help="The file to write.")
def windows(session: Session, version: str, hours: float, out: Path | None) -> None:
    """Download what devices counted under a version, as Parquet (`telemetry.read`)."""
    found = references.version(session.client, version)
    path = out or Path(f"{found['model']}-{found['number']}.parquet")
    digest = fetch(session, f"telemetry/versions/{found['id']}/windows/?hours={hours:g}", path)
    session.output.one({"file": str(path), "sha256": digest}, ("file", "sha256"))


@verb(model, "compare")
@click.argument("name")
@click.argument("versions", nargs=-1, required=True)
@click.option("--all", "whole", is_flag=True, help="Of three or more, what is the same, too.")
def compare(session: Session, name: str, versions: tuple[str, ...], *, whole: bool) -> None:
    """Show what changed from one version of NAME to another, or lay three or more side by side:
    numbers, labels, digests or aliases.
    """
    if len(versions) == 2:
        path, (before, after) = f"models/{name}/compare/", versions
        session.output.one(session.client.get(path, **{"from": before, "to": after}), DIFFERENCES)
        return
    if len(versions) < 2:
        raise click.UsageError("Name at least two versions.")
    found = [references.named(session.client, name, word) for word in versions]
    side_by_side(session, found, whole=whole)


def side_by_side(session: Session, versions: Sequence[Any], *, whole: bool) -> None:
    """Print the facts of versions in columns."""
    found = session.client.get("versions-compare/", versions=",".join(v["id"] for v in versions))
    if session.output.as_json:
        session.output.json(found)
        return
    heads = [str(column["label"]) for column in found["columns"]]
    rows = [
        {"part": row["part"], "name": " ".join(filter(None, (row["name"], row["unit"])))}
        | {f"of {at}": value for at, value in enumerate(row["values"])}
        for row in found["rows"]
        if whole or row["differs"]
    ]
    columns = {
        f"{head} ({at + 1})" if heads.count(head) > 1 else head: f"of {at}"
        for at, head in enumerate(heads)
    }
    session.output.rows(rows, {"PART": "part", "NAME": "name", **columns})


def settled(session: Session, name: str, version: Any) -> Any:
    """Return the version once it was admitted or rejected."""
    path = f"models/{name}/versions/{version['number']}/"
    return follow(
        session,
        lambda: session.client.get(path),
        line=lambda found: f"version {found['number']}: {found['state']}",
        is_over=lambda found: found["state"] != PENDING,
    )


def datasets(session: Session, base: str, wanted: dict[str, str | None]) -> dict[str, str]:
    """Return dataset ids by use; files among them are pushed first."""
    return {
        kind: given if given.startswith("dst_") else _pushed(session, base, given, kind)
        for kind in KINDS
        if (given := wanted.get(kind))
    }


def pairs(given: Iterable[str]) -> dict[str, str]:
    """Return `KEY=VALUE` arguments as a mapping. Raises RequestRefused."""
    split = [item.partition("=") for item in given]
    for key, sign, _ in split:
        if not key or not sign:
            raise RequestRefused(f"{key!r} is not KEY=VALUE.")
    return {key: value for key, _, value in split}


def numbers(given: Iterable[str]) -> dict[str, float]:
    """Return `KEY=NUMBER` arguments as a mapping. Raises RequestRefused."""
    try:
        return {key: float(value) for key, value in pairs(given).items()}
    except ValueError as error:
        raise RequestRefused("A metric is KEY=NUMBER, such as accuracy=0.98.") from error


def _pushed(session: Session, base: str, file: str, kind: str) -> str:
    return str(push_file(session, f"{base}-{kind}", Path(file), kind)["id"])
