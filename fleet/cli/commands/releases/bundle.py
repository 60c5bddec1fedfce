"""`edgefleet release bundle` and `verify-bundle`: a release in one file, proved offline."""

import json
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from fleet.cli import bundle, references
from fleet.cli.commands.releases.release import release
from fleet.cli.errors import FailedOutcome
from fleet.cli.files import fetch
from fleet.cli.rest.transfer import safe_name
from fleet.cli.session import Session, output_options, verb

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
FACTS = ("release", "file", "files", "targets")
MEMBER_TIME = (1980, 1, 1, 0, 0, 0)  # the same release gives the same bundle


@verb(release, "keys")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Where to write them.")
def keys(session: Session, out: Path) -> None:
    """Write the public keys that releases are verified by. Keep them apart from bundles."""
    rows = session.client.get("signing-keys/")
    out.write_text(json.dumps(rows, indent=1) + "\n")
    session.output.rows(rows, {"ROLE": "role", "KEY": "keyid"})


@verb(release, "bundle")
@click.argument("release_id", metavar="RELEASE")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="The .zip to write.")
def write(session: Session, release_id: str, out: Path) -> None:
    """Write a release with every file of its builds, their signatures and their provenance."""
    release_id = references.release_id(session.client, release_id)
    found = session.client.get(f"releases/{release_id}/")
    files = list(_files(session, found))
    if not files:
        raise FailedOutcome(f"{release_id} has no artifact of a build of ours.")
    part = out.with_name(f"{out.name}.part")
    try:
        with zipfile.ZipFile(part, "w", zipfile.ZIP_STORED) as archive:
            listed = {"format": bundle.FORMAT, "release": found, "files": files}
            text = json.dumps(listed, indent=1, sort_keys=True)
            archive.writestr(zipfile.ZipInfo(bundle.LIST, MEMBER_TIME), f"{text}\n")
            with tempfile.TemporaryDirectory() as folder:
                for file in files:
                    path = Path(folder) / "file"
                    fetch(session, f"artifacts/{file['id']}/download/", path, file["sha256"])
                    _add(archive, path, file["path"])
        part.replace(out)
    finally:
        part.unlink(missing_ok=True)
    told = {"release": release_id, "file": str(out), "files": len(files)}
    session.output.one(told | {"targets": sorted({file["target"] for file in files})}, FACTS)


@click.command("verify-bundle")
@click.argument("file", type=FILE)
@click.option(
    "--keys", "trusted", type=FILE, required=True, help="From 'release keys', kept apart."
)
@output_options
@click.pass_obj
def verify_bundle(session: Session, file: Path, trusted: Path) -> None:
    """Prove FILE with public keys alone: every byte, signature and provenance. Asks no service."""
    found = bundle.verified(file, trusted)
    for fault in found.faults:
        session.output.note(fault)
    told = {
        "file": str(file),
        "verified": not found.faults,
        "files": found.files,
        "targets": found.targets,
        "provenances": found.provenances,
        "faults": list(found.faults),
    }
    session.output.one(told, ("file", "verified", "files", "targets", "provenances"))
    if found.faults:
        raise FailedOutcome(f"{file} is not what its keys' owners signed: {found.faults[0]}")


def _files(session: Session, found: Any) -> Iterator[dict[str, Any]]:
    """Every file of the builds that a release is made of, in the order of targets and names."""
    for released in sorted(found["artifacts"], key=lambda one: str(one["target"])):
        if released["artifact"] is None:
            continue
        build = session.client.get(f"artifacts/{released['artifact']}/")["build"]
        target = safe_name(released["target"])
        for file in session.client.pages(f"builds/{build}/artifacts/"):
            kept = {name: file[name] for name in ("id", "kind", "filename", "sha256", "size_bytes")}
            path = f"{target}/{safe_name(file['filename'])}"
            yield kept | {"path": path, "target": target, "signature": file["signature"]}


def _add(archive: zipfile.ZipFile, path: Path, name: str) -> None:
    info = zipfile.ZipInfo(name, MEMBER_TIME)
    info.file_size = path.stat().st_size
    with path.open("rb") as source, archive.open(info, "w") as member:
        while piece := source.read(bundle.PIECE):
            member.write(piece)
