"""`edgefleet release`: a version that may leave the house."""

import click

from fleet.cli import references
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
@click.argument("release_id")
def show(session: Session, release_id: str) -> None:
    """Show one release."""
    session.output.one(session.client.get(f"releases/{release_id}/"), FACTS)


@verb(release, "approve")
@click.argument("release_id")
@click.option("--remark", default="", help="Kept with the approval.")
def approve(session: Session, release_id: str, remark: str) -> None:
    """Say yes to a release."""
    found = session.client.post(f"releases/{release_id}/approve/", {"remark": remark})
    session.output.one(found, FACTS)


@verb(release, "publish")
@click.argument("release_id")
def publish(session: Session, release_id: str) -> None:
    """Freeze and sign what devices get."""
    session.output.one(session.client.post(f"releases/{release_id}/publish/"), FACTS)


@verb(release, "revoke")
@click.argument("release_id")
def revoke(session: Session, release_id: str) -> None:
    """Let nobody new get it."""
    session.output.one(session.client.post(f"releases/{release_id}/revoke/"), FACTS)
