"""Uploads and downloads of a session: the stream, its bar, and the service's end of it."""

from pathlib import Path
from typing import Any

from fleet.cli.session import Session
from fleet.cli.transfer import Upload, store


def upload(session: Session, path: str, file: Path, fields: dict[str, str]) -> Any:
    """POST a file with fields, streamed, with a bar."""
    with session.output.transfer(file.name, file.stat().st_size) as tell:
        opened = Upload(file, tell)
        try:
            return session.client.upload(
                path, lambda: {"data": fields, "files": {"file": (file.name, opened)}}
            )
        finally:
            opened.close()


def fetch(session: Session, path: str, file: Path, sha256: str) -> None:
    """Download to `file`, with a bar, and check the digest."""
    with (
        session.client.stream(path) as body,
        session.output.transfer(file.name, body.length) as tell,
    ):
        store(body.pieces(), file, sha256, tell)
