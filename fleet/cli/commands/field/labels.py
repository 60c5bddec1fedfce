"""`edgefleet labels`: send true labels, and read the accuracy that they show."""

import json
from pathlib import Path
from typing import Any, Final

import click

from fleet.cli.errors import FailedOutcome, RequestRefused
from fleet.cli.session import Session, verb

SENT: Final = ("inferences", "counted", "duplicates", "conflicts", "refused", "told")
FACTS: Final = (
    "version",
    "labelled",
    "correct",
    "accuracy",
    "low",
    "high",
    "expected",
    "gap",
    "caveat",
    "concept",
    "label_shift",
    "groups",
)
WINDOWS: Final = 500  # the most of one call
SAMPLES: Final = 2_000


@click.group()
def labels() -> None:
    """True labels that arrive late."""


@verb(labels, "send")
@click.argument("version_id")
@click.argument("file", type=click.Path(path_type=Path))
def send(session: Session, version_id: str, file: Path) -> None:
    """Send the labels in FILE: a JSON object with `windows`, `samples`, or both.

    What was sent before counts once. Exit code 1: some were refused, or contradict what is counted.
    """
    given = _read(file)
    total: dict[str, Any] = dict.fromkeys(SENT[:-1], 0) | {"told": []}
    for body in _calls(given):
        found = session.client.post(f"telemetry/versions/{version_id}/labels/", body)
        total = {name: total[name] + found[name] for name in SENT}
    session.output.one(total, SENT)
    if total["conflicts"] or total["refused"]:
        raise FailedOutcome(f"{total['conflicts'] + total['refused']} items are not counted.")


@verb(labels, "show")
@click.argument("version_id")
@click.option("--hours", type=float, help="How far to look back.")
def show(session: Session, version_id: str, hours: float | None) -> None:
    """Show realised beside estimated accuracy, and whether the labels mean what they did."""
    found = session.client.get(f"telemetry/versions/{version_id}/labels/", hours=hours)
    session.output.one(found, FACTS)


def _read(file: Path) -> dict[str, Any]:
    try:
        given = json.loads(file.read_text("utf-8"))
    except ValueError as error:
        raise RequestRefused(f"{file.name} is not JSON: {error}.") from error
    if not isinstance(given, dict) or not given.keys() <= {"windows", "samples"}:
        raise RequestRefused(
            f"{file.name} must hold an object with the lists `windows` or `samples`."
        )
    if not all(isinstance(rows, list) for rows in given.values()):
        raise RequestRefused(f"{file.name}: `windows` and `samples` must be lists.")
    return given


def _calls(given: dict[str, Any]) -> list[dict[str, Any]]:
    """The bodies, each with as many items as one call takes."""
    found: list[dict[str, Any]] = []
    for name, most in (("windows", WINDOWS), ("samples", SAMPLES)):
        rows = given.get(name, [])
        found += [{name: rows[at : at + most]} for at in range(0, len(rows), most)]
    return found
