"""`edgefleet release`: a version that may leave the house."""

from pathlib import Path
from typing import Any

import click

from fleet.cli import references, signing
from fleet.cli.session import Session, verb

COLUMNS = {
    "ID": "id",
    "MODEL": "model",
    "VERSION": "label",
    "STATE": "state",
    "COUNTER": "counter",
    "BY": "created_by",
    "CREATED": "created_at",
}
FACTS = (
    "id", "model", "version", "label", "state", "counter", "notes", "created_by",
    "approvals", "artifacts", "created_at", "published_at",
)  # fmt: skip


FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group()
def release() -> None:
    """Releases: draft, approved, published, revoked."""


@verb(release, "create")
@click.argument("version")
@click.option("--notes", default="", help="What changed, for those who approve.")
def create(session: Session, version: str, notes: str) -> None:
    """Draft a release of VERSION."""
    body = {"version": references.version_id(session.client, version), "notes": notes}
    session.output.one(session.client.post("releases/", body), FACTS)


@verb(release, "list")
def list_all(session: Session) -> None:
    """List releases, the newest first."""
    session.output.rows(session.client.pages("releases/"), COLUMNS)


@verb(release, "show")
@click.argument("release_id", metavar="RELEASE")
def show(session: Session, release_id: str) -> None:
    """Show one release."""
    release_id = references.release_id(session.client, release_id)
    session.output.one(session.client.get(f"releases/{release_id}/"), FACTS)


@verb(release, "approve")
@click.argument("release_id", metavar="RELEASE")
@click.option("--remark", default="", help="Kept with the approval.")
@click.option("--key", help="Sign with this private key: file:ann.pem. It stays on this machine.")
@click.option(
    "--signature", type=FILE, help="A signature made elsewhere by python -m builds.signing.approve."
)
def approve(
    session: Session, release_id: str, remark: str, key: str | None, signature: Path | None
) -> None:
    """Approve a release, with a signature where the service asks for one."""
    release_id = references.release_id(session.client, release_id)
    body: dict[str, Any] = {"remark": remark}
    if signature is not None:
        body["envelope"] = signing.signed_elsewhere(signature)
    elif key is not None:
        said = session.client.get(f"releases/{release_id}/statement/")
        session.output.note("\n".join(signing.lines(said)))
        body["envelope"] = signing.signed_with(said, key)
    session.output.one(session.client.post(f"releases/{release_id}/approve/", body), FACTS)


@verb(release, "statement")
@click.argument("release_id", metavar="RELEASE")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Where to write it.")
def statement(session: Session, release_id: str, out: Path) -> None:
    """Write the statement that an approver signs, to take it to the key."""
    release_id = references.release_id(session.client, release_id)
    said = session.client.get(f"releases/{release_id}/statement/")
    out.write_bytes(signing.payload_of(said))
    session.output.one({"release": release_id, "file": str(out)}, ("release", "file"))


@verb(release, "publish")
@click.argument("release_id", metavar="RELEASE")
def publish(session: Session, release_id: str) -> None:
    """Freeze and sign what devices get."""
    release_id = references.release_id(session.client, release_id)
    session.output.one(session.client.post(f"releases/{release_id}/publish/"), FACTS)


@verb(release, "revoke")
@click.argument("release_id")
def revoke(session: Session, release_id: str) -> None:
    """Withdraw a release: no other device gets it."""
    session.output.one(session.client.post(f"releases/{release_id}/revoke/"), FACTS)
