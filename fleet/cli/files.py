"""Uploads and downloads of a session: the stream, its bar, and the service's end of it."""

from pathlib import Path
from typing import Any

from fleet.cli.errors import FailedOutcome
from fleet.cli.rest.transfer import Upload, sha256_of, store
from fleet.cli.session import Session


def upload(session: Session, path: str, file: Path, fields: dict[str, str]) -> Any:
    """POST a file with fields, streamed, with a bar. FailedOutcome: other bytes arrived."""
    digest = sha256_of(file)
    with session.output.transfer(file.name, file.stat().st_size) as tell:
        opened = Upload(file, tell)
        try:
            found = session.client.upload(
                path, lambda: {"data": fields, "files": {"file": (file.name, opened)}}
            )
        finally:
            opened.close()
    if found["sha256"] != digest:
        raise FailedOutcome(f"{file.name} arrived as other bytes: sha256 {found['sha256']}.")
    return found


def fetch(session: Session, path: str, file: Path, sha256: str = "") -> str:
    """Download to `file`, with a bar, and check the digest, else the one that the answer promises;
    return it.
    """
    with (
        session.client.stream(path) as body,
        session.output.transfer(file.name, body.length) as tell,
    ):
        wanted = sha256 or body.sha256
        store(body.pieces(), file, wanted, tell)
    return wanted
