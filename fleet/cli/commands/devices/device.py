"""`edgefleet device`: the fleet, and the codes by which devices join it."""

from typing import Any, Final

import click

from fleet.cli import complete, references
from fleet.cli.commands.registry.model import pairs
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
    "key_fingerprint", "awaits_key", "suspected_at", "gateway", "behind", "hardware_id",
    "accepts_children", "last_seen_at", "created_at",
)  # fmt: skip
CHILD_COLUMNS: Final = {
    "ID": "id",
    "CONTROLLER": "controller_id",
    "STATE": "state",
    "BOARD": "attributes.board",
    "LINK": "attributes.link",
    "VERIFIES": "attributes.strength",
    "RUNS": "running.version",
    "SEEN": "last_seen_at",
}
RAN: Final = (
    "device", "at", "since", "model", "label", "version", "release", "sha256", "lineage",
    "datasets", "assignment",
)  # fmt: skip
EVENT_COLUMNS: Final = {"AT": "at", "KIND": "kind", "WHAT": "text"}
CODE_FACTS: Final = (
    "id", "name", "code", "uses_left", "labels", "auto_accept", "accept_query", "accept_left",
    "expires_at",
)  # fmt: skip


device_argument = click.argument(
    "device_id", metavar="DEVICE", shell_complete=complete.devices
)  # an id (dev_…), a name, or what the device calls itself


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


@verb(device, "penalty")
@device_argument
@click.option("--end", is_flag=True, help="Pardon it: the next rollout takes it again.")
def penalty(session: Session, device_id: str, *, end: bool) -> None:
    """Show how many rollouts in a row failed on a device, for which it may be left out."""
    device_id = references.device_id(session.client, device_id)
    if end:
        session.client.delete(f"devices/{device_id}/penalty/")
    facts = ("failures", "last_at", "last_cause")
    session.output.one(session.client.get(f"devices/{device_id}/penalty/"), facts)


@verb(device, "show")
@device_argument
def show(session: Session, device_id: str) -> None:
    """Show one device."""
    device_id = references.device_id(session.client, device_id)
    session.output.one(session.client.get(f"devices/{device_id}/"), FACTS)


@verb(device, "events")
@device_argument
def events(session: Session, device_id: str) -> None:
    """Show what happened to a device, the newest first."""
    device_id = references.device_id(session.client, device_id)
    session.output.rows(session.client.pages(f"devices/{device_id}/events/"), EVENT_COLUMNS)


@verb(device, "ran")
@device_argument
@click.option("--at", required=True, help="A moment with its zone: 2026-11-20T08:00:00Z.")
def ran(session: Session, device_id: str, at: str) -> None:
    """Show what a device ran at a moment, since when, and what that was trained on."""
    device_id = references.device_id(session.client, device_id)
    session.output.one(session.client.get(f"devices/{device_id}/ran/", at=at), RAN)


@verb(device, "label")
@device_argument
@click.argument("labels", nargs=-1, shell_complete=complete.labels)
def label(session: Session, device_id: str, labels: tuple[str, ...]) -> None:
    """Replace a device's labels by the given KEY=VALUE pairs."""
    device_id = references.device_id(session.client, device_id)
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


def _act(name: str, sentence: str, *, because: bool = False) -> None:
    def act(session: Session, device_id: str, **said: str) -> None:
        device_id = references.device_id(session.client, device_id)
        session.output.one(session.client.post(f"devices/{device_id}/{name}/", said), FACTS)

    act.__doc__ = sentence
    reason = click.option("--reason", default="", help="Kept on its timeline and in the audit log.")
    verb(device, name)(device_argument(reason(act) if because else act))


@verb(device, "children")
@device_argument
def children(session: Session, device_id: str) -> None:
    """List the devices behind a gateway."""
    device_id = references.device_id(session.client, device_id)
    session.output.rows(session.client.pages("devices/", behind=device_id), CHILD_COLUMNS)


@verb(device, "explain")
@device_argument
def explain(session: Session, device_id: str) -> None:
    """Say why a device is updating, or is not: of a child, whether its gateway is heard."""
    device_id = references.device_id(session.client, device_id)
    said = session.client.get(f"devices/{device_id}/explanation/")
    session.output.one(said, ("explanation",))


_act("accept", "Let a device take part.", because=True)
_act("accept-children", "Accept what a gateway vouches for: those that wait, and those to come.")
_act("hold-children", "Have each new child of a gateway wait until somebody accepts it.")
_act("reject", "Keep a device out for now.", because=True)
_act("decommission", "Take a device out of service permanently.", because=True)
