"""`edgefleet device` and `group`: keys and tokens, registered, followed by others, ended."""

from typing import Any, Final, TextIO

import click

from fleet.cli import complete, references
from fleet.cli.commands.devices.device import FACTS, device, device_argument
from fleet.cli.commands.devices.group import group
from fleet.cli.commands.registry.model import pairs
from fleet.cli.session import Session, verb

__all__ = ["device", "group"]

TOKEN_COLUMNS: Final = {
    "ID": "id",
    "STATE": "state",
    "MADE BY": "made_by",
    "USED": "used",
    "LAST USED": "last_used_at",
    "ENDS": "ends_at",
}
CHIP_FACTS: Final = ("device", "hardware_id", "secret", "made_at", "made_by")
SECRET_CHARS: Final = 256  # more than a secret has, with what an editor adds
TOKEN_FACTS: Final = ("id", "state", "token")
RUN_COLUMNS: Final = {
    "RUN": "instance",
    "STARTS": "boot",
    "FROM": "address",
    "SINCE": "since",
    "UNTIL": "until",
}


@verb(device, "register")
@click.argument("controller_id")
@click.option("--target", required=True, help="What its models are compiled for.")
@click.option("--public-key", help="What `edgefleet-agent key` prints; none for a token's client.")
@click.option("--name", help="A name for people.")
@click.option(
    "--label", "labels", multiple=True, metavar="KEY=VALUE", help="A label for the device."
)
def register(
    session: Session,
    controller_id: str,
    target: str,
    public_key: str | None,
    name: str | None,
    labels: tuple[str, ...],
) -> None:
    """Register a device before it calls: it is accepted."""
    body: dict[str, Any] = {"public_key": public_key, "name": name}
    body = {key: value for key, value in body.items() if value is not None}
    body |= {"controller_id": controller_id, "target": target, "labels": pairs(labels)}
    session.output.one(session.client.post("devices/", body), FACTS)


@verb(device, "chip-secret")
@device_argument
@click.option(
    "--from-file",
    "file",
    type=click.File("r"),
    help="A file (- for the input) with what the maker wrote into the chip, in hexadecimal.",
)
def chip_secret(session: Session, device_id: str, file: TextIO | None) -> None:
    """Keep the secret by which a chip verifies switches itself; one that is made is shown once."""
    device_id = references.device_id(session.client, device_id)
    body = {} if file is None else {"secret": file.read(SECRET_CHARS).strip()}
    path = f"devices/{device_id}/chip-secret/"
    session.output.one(session.client.secret(path, body, "secret"), CHIP_FACTS)


@verb(device, "key-use")
@device_argument
def key_use(session: Session, device_id: str) -> None:
    """Show which runs of an agent used a device's key, and whether two devices seem to."""
    device_id = references.device_id(session.client, device_id)
    found = session.client.get(f"devices/{device_id}/key-use/")
    if session.output.as_json:
        session.output.json(found)
        return
    if found["suspected_at"]:
        session.output.note(f"Two devices seem to use this key: {found['sign']}.")
    session.output.rows(found["recent"], RUN_COLUMNS)


def _with_reason(name: str, sentence: str) -> None:
    def act(session: Session, device_id: str, reason: str) -> None:
        device_id = references.device_id(session.client, device_id)
        found = session.client.post(f"devices/{device_id}/{name}/", {"reason": reason})
        session.output.one(found, FACTS)

    act.__doc__ = sentence
    option = click.option("--reason", required=True, help="Kept in the audit log.")
    verb(device, name)(device_argument(option(act)))


_with_reason("dismiss-key", "Record that no two devices share this key, or no longer do.")
_with_reason("revoke-key", "Revoke a device's key; it must enrol again with another one.")


def _tokens(of: click.Group, holder: str, kind: str) -> None:
    """Give the group of commands what its holders' tokens need."""

    def path_of(session: Session, name: str) -> str:
        if of is device:
            name = references.device_id(session.client, name)
        return f"{holder}/{name}/tokens/"

    def make(session: Session, name: str) -> None:
        made = session.client.secret(path_of(session, name), {}, "token")
        session.output.one(made, TOKEN_FACTS)

    def list_all(session: Session, name: str) -> None:
        rows = session.client.pages(path_of(session, name))
        session.output.rows(rows, TOKEN_COLUMNS)

    def retire(session: Session, name: str, token_id: str) -> None:
        session.client.delete(f"{path_of(session, name)}{token_id}/")
        rows = session.client.pages(path_of(session, name))
        session.output.rows([row for row in rows if row["id"] == token_id], TOKEN_COLUMNS)

    make.__doc__ = f"Make a {kind} token; it is shown once, and the one before goes on for a while."
    list_all.__doc__ = f"List the {kind} tokens without their secrets."
    retire.__doc__ = f"End a {kind} token now."
    metavar, known = ("DEVICE", complete.devices) if of is device else ("GROUP", complete.groups)
    named = click.argument("name", metavar=metavar, shell_complete=known)
    verb(of, "token")(named(make))
    verb(of, "tokens")(named(list_all))
    verb(of, "token-retire")(named(click.argument("token_id")(retire)))


_tokens(device, "devices", "target")
_tokens(group, "groups", "gateway")
