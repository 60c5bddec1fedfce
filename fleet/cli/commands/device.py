"""`edgefleet device`: the fleet, and the codes by which devices join it."""

from typing import Any, Final

import click

from fleet.cli.commands.model import pairs
from fleet.cli.session import Session, verb

COLUMNS: Final = {
    "ID": "id",
    "CONTROLLER": "controller_id",
    "TARGET": "target",
    "STATE": "state",
    "RUNS": "running.version",
    "LABELS": "labels",
    "SEEN": "last_seen_at",
}
FACTS: Final = (
    "id", "controller_id", "name", "target", "state", "labels", "attributes", "running",
    "key_fingerprint", "awaits_key", "suspected_at", "gateway", "last_seen_at", "created_at",
)  # fmt: skip
EVENT_COLUMNS: Final = {"AT": "at", "KIND": "kind", "WHAT": "text"}
CODE_FACTS: Final = (
    "id", "name", "code", "uses_left", "labels", "auto_accept", "accept_query", "accept_left",
    "expires_at",
)  # fmt: skip


@click.group()
def device() -> None:
    """Devices."""


@verb(device, "list")
@click.option("--query", help='Such as "lot=B7 and site!=paris".')
@click.option("--state")
@click.option("--target")
@click.option(
    "--suspected",
    is_flag=True,
    default=None,
    help="Only devices that seem to share their key with another.",
)
def list_all(session: Session, **filters: str | bool | None) -> None:
    """List devices."""
    session.output.rows(session.client.pages("devices/", **filters), COLUMNS)


@verb(device, "show")
@click.argument("device_id")
def show(session: Session, device_id: str) -> None:
    """Show one device."""
    session.output.one(session.client.get(f"devices/{device_id}/"), FACTS)


@verb(device, "events")
@click.argument("device_id")
def events(session: Session, device_id: str) -> None:
    """Show what happened to a device, the newest first."""
    session.output.rows(session.client.pages(f"devices/{device_id}/events/"), EVENT_COLUMNS)


@verb(device, "label")
@click.argument("device_id")
@click.argument("labels", nargs=-1)
def label(session: Session, device_id: str, labels: tuple[str, ...]) -> None:
    """Replace a device's labels by the given KEY=VALUE pairs."""
    found = session.client.patch(f"devices/{device_id}/", {"labels": pairs(labels)})
    session.output.one(found, FACTS)


@verb(device, "code")
@click.argument("name")
@click.option("--uses", type=int, default=1, help="How many devices may join with it.")
@click.option("--hours", type=int, default=24, help="How long the code is valid.")
@click.option(
    "--label",
    "labels",
    multiple=True,
    metavar="KEY=VALUE",
    help="A label for the devices that join with it.",
)
@click.option("--auto-accept", is_flag=True, help="Accept its devices without an operator.")
@click.option(
    "--accept-query", help="Accept only devices that the query fits, such as target=linux-aarch64."
)
@click.option("--accept-max", type=int, help="Accept at most this many; the rest wait.")
def code(
    session: Session,
    name: str,
    uses: int,
    hours: int,
    labels: tuple[str, ...],
    *,
    auto_accept: bool,
    **policy: str | int | None,
) -> None:
    """Make an enrolment code; it is shown once."""
    body: dict[str, Any] = {
        "name": name,
        "uses": uses,
        "hours": hours,
        "labels": pairs(labels),
        "auto_accept": auto_accept,
        **{key: value for key, value in policy.items() if value is not None},
    }
    session.output.one(session.client.secret("enrolment-codes/", body, "code"), CODE_FACTS)


def _act(name: str, sentence: str) -> None:
    def act(session: Session, device_id: str) -> None:
        session.output.one(session.client.post(f"devices/{device_id}/{name}/"), FACTS)

    act.__doc__ = sentence
    verb(device, name)(click.argument("device_id")(act))


_act("accept", "Let a device take part.")
_act("reject", "Keep a device out for now.")
_act("decommission", "Take a device out of service permanently.")
