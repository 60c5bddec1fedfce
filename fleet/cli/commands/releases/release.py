"""`edgefleet release`: a version that may leave the house."""

from pathlib import Path
from typing import Any

import click

from fleet.cli import references, signing
from fleet.cli.files import upload
from fleet.cli.rest.transfer import readable
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
    "id", "model", "version", "label", "state", "counter", "notes", "needs", "created_by",
    "approvals", "artifacts", "created_at", "published_at",
)  # fmt: skip


SOFTWARE = {
    "ID": "id",
    "NAME": "name",
    "VERSION": "version",
    "TYPE": "type",
    "TARGET": "target",
    "CREATED": "created_at",
}
SOFTWARE_FACTS = ("id", "name", "version", "type", "target", "compatible", "files")
FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group()
def release() -> None:
    """Releases: draft, approved, published, revoked."""


@verb(release, "create")
@click.argument("version", required=False)
@click.option("--notes", default="", help="What changed, for those who approve.")
@click.option("--module", "modules", multiple=True, help="Software of another maker: swm_…")
@click.option("--name", help="Of a release of modules alone, together with --label.")
@click.option("--label", help="The version of such a release.")
@click.option("--needs", multiple=True, help="Of other components of its devices: firmware>=1.4.")
def create(
    session: Session,
    version: str | None,
    notes: str,
    modules: tuple[str, ...],
    name: str | None,
    label: str | None,
    needs: tuple[str, ...],
) -> None:
    """Draft a release of VERSION, of modules of other makers, or of both."""
    body: dict[str, Any] = {"notes": notes, "name": name, "label": label}
    body |= {"modules": list(modules), "needs": list(needs)}
    if version is not None:
        body["version"] = references.version_id(session.client, version)
    body = {key: value for key, value in body.items() if value not in (None, [])}
    session.output.one(session.client.post("releases/", body), FACTS)


@verb(release, "software-push")
@click.argument("files", nargs=-1, required=True, type=FILE)
@click.option("--name", required=True, help="What it is: gateway-os.")
@click.option("--version", required=True, help="Which version of it.")
@click.option("--type", "kind", default="os", show_default=True, help="os, application, …")
@click.option("--target", default="", help="The target of its devices; any without it.")
@click.option("--compatible", default="", help="A device query that its devices fit.")
def software_push(
    session: Session,
    files: tuple[Path, ...],
    name: str,
    version: str,
    kind: str,
    target: str,
    compatible: str,
) -> None:
    """Upload FILES of another maker (.swu, .raucb, images, any file) as one module."""
    for file in files:
        readable(file)
    said = {"name": name, "version": version, "type": kind, "target": target}
    module = session.client.post("software/", {**said, "compatible": compatible})
    made = [upload(session, f"software/{module['id']}/files/", file, {}) for file in files]
    seals = ", ".join(f"{file['filename']}: {file['facts']['sentence']}" for file in made)
    session.output.note(seals)
    session.output.one(session.client.get(f"software/{module['id']}/"), SOFTWARE_FACTS)


@verb(release, "software-list")
def software_list(session: Session) -> None:
    """List software of other makers, the newest first."""
    session.output.rows(session.client.pages("software/"), SOFTWARE)


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
@click.option("--reason", default="", help="Kept in the audit log.")
def revoke(session: Session, release_id: str, reason: str) -> None:
    """Withdraw a release: no other device gets it."""
    release_id = references.release_id(session.client, release_id)
    found = session.client.post(f"releases/{release_id}/revoke/", {"reason": reason})
    session.output.one(found, FACTS)
