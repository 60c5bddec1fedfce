"""`edgefleet capture`: ask for samples from devices, approve, look, stop."""

from typing import Any, Final

import click

from fleet.cli.references import version_id
from fleet.cli.session import Session, verb

COLUMNS: Final = {
    "ID": "id",
    "STATE": "state",
    "VERSION": "version_label",
    "GROUP": "group",
    "INCIDENT": "incident",
    "ASKED BY": "asked_by",
    "UNTIL": "until",
    "DATASET": "dataset",
}
FACTS: Final = (
    *COLUMNS.values(),
    "reason",
    "pick",
    "samples",
    "bytes_max",
    "hours",
    "decided_by",
    "outcome",
    "parts",
)


@click.group()
def capture() -> None:
    """Samples from devices, sealed on the device."""


@verb(capture, "ask")
@click.argument("version")
@click.option("--group", help="Whose devices are asked.")
@click.option("--incident", help="Or the devices of this incident (inc_…).")
@click.option("--pick", type=click.Choice(("uniform", "uncertain", "bin")))
@click.option("--feature", help="With --pick bin: the name of a counted feature.")
@click.option("--bin", type=int, help="With --pick bin: which of its bins.")
@click.option("--samples", type=int, help="Of each device (100).")
@click.option("--bytes-max", type=int, help="That each device may hand in (1 MiB).")
@click.option("--hours", type=float, help="For which devices collect (24).")
@click.option("--reason", required=True, help="Why; the person who approves reads it.")
def ask(session: Session, version: str, **given: Any) -> None:
    """Ask for samples of VERSION's inputs; another person has to approve."""
    body = {name: value for name, value in given.items() if value is not None}
    body["version"] = version_id(session.client, version)
    session.output.one(session.client.post("captures/", body), FACTS)


@verb(capture, "list")
@click.option("--state", help="asked, collecting, completed, failed, refused or stopped.")
def list_all(session: Session, state: str | None) -> None:
    """List captures, the newest first."""
    session.output.rows(session.client.pages("captures/", state=state), COLUMNS)


@verb(capture, "show")
@click.argument("capture_id")
def show(session: Session, capture_id: str) -> None:
    """Show one, with what each device has handed in."""
    session.output.one(session.client.get(f"captures/{capture_id}/"), FACTS)


@verb(capture, "approve")
@click.argument("capture_id")
def approve(session: Session, capture_id: str) -> None:
    """Have the devices collect."""
    session.output.one(session.client.post(f"captures/{capture_id}/approve/"), FACTS)


@verb(capture, "key")
def key(session: Session) -> None:
    """Print the key that a device's owner allows with capture_key."""
    session.output.one(session.client.get("telemetry/capture-key/"), ("public",))


def _act(name: str, sentence: str) -> None:
    def act(session: Session, capture_id: str, reason: str) -> None:
        found = session.client.post(f"captures/{capture_id}/{name}/", {"reason": reason})
        session.output.one(found, FACTS)

    act.__doc__ = sentence
    reason_option = click.option("--reason", default="", help="Why.")
    verb(capture, name)(click.argument("capture_id")(reason_option(act)))


_act("refuse", "Say no.")
_act("stop", "End it, and drop what was handed in.")
