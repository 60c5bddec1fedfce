"""A TUF repository in memory, made with python-tuf's metadata API, behind a real socket."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Protocol
from urllib.parse import unquote

from securesystemslib.signer import CryptoSigner
from tuf.api.metadata import (
    DelegatedRole,
    Delegations,
    Key,
    Metadata,
    MetaFile,
    Root,
    Snapshot,
    TargetFile,
    Targets,
    Timestamp,
)

TOP_ROLES = ("root", "timestamp", "snapshot", "targets")
DELEGATE = "digits"


class SimRepository:
    """Roles, keys and targets; ``publish`` signs all anew and puts the files up."""

    def __init__(self, *, paths: Sequence[str] = ("digits/*",)) -> None:
        expires = datetime.now(UTC).replace(microsecond=0) + timedelta(days=30)  # noqa: TID251
        self.signers = {role: CryptoSigner.generate_ed25519() for role in (*TOP_ROLES, DELEGATE)}
        self.root = Root(expires=expires, consistent_snapshot=True)
        for role in TOP_ROLES:
            self.root.add_key(self._key(role), role)
        self.timestamp = Timestamp(expires=expires)
        self.snapshot = Snapshot(expires=expires)
        self.targets = Targets(expires=expires)
        self.delegate = Targets(expires=expires)
        key = self._key(DELEGATE)
        digits = DelegatedRole(DELEGATE, [key.keyid], 1, terminating=True, paths=list(paths))
        self.targets.delegations = Delegations({key.keyid: key}, {DELEGATE: digits})
        self.files: dict[str, bytes] = {}
        self.asked: list[str] = []
        self.publish_root(self.signers["root"])
        self.publish()

    def add(self, path: str, data: bytes) -> None:
        """A target of the delegated role."""
        target = TargetFile.from_data(path, data, ["sha256"])
        self.delegate.targets[path] = target
        folder, _, name = path.rpartition("/")
        self.files[f"/targets/{folder}/{target.hashes['sha256']}.{name}"] = data
        self.delegate.version += 1
        self.targets.version += 1
        self.publish()

    def describe(self, path: str, data: bytes, custom: dict[str, object]) -> None:
        """A target with what the agent wants to know of it."""
        self.add(path, data)
        self.delegate.targets[path].unrecognized_fields["custom"] = custom
        self.delegate.version += 1
        self.publish()

    def publish(self) -> None:
        """New snapshot and timestamp over everything."""
        self.snapshot.version += 1
        self.timestamp.version += 1
        self._put(f"{self.delegate.version}.{DELEGATE}", self.delegate, DELEGATE)
        self._put(f"{self.targets.version}.targets", self.targets, "targets")
        self.snapshot.meta = {
            "targets.json": MetaFile(self.targets.version),
            f"{DELEGATE}.json": MetaFile(self.delegate.version),
        }
        self._put(f"{self.snapshot.version}.snapshot", self.snapshot, "snapshot")
        self.timestamp.snapshot_meta = MetaFile(self.snapshot.version)
        self._put("timestamp", self.timestamp, "timestamp")

    def answer(self, path: str) -> bytes | None:
        """What is served at a path, which comes as it was sent."""
        self.asked.append(unquote(path))
        return self.files.get(unquote(path))

    def rotate(self, role: str) -> None:
        """Another key for a role; a new root says so, signed by the old and the new root key."""
        before = self.signers["root"]
        self.root.revoke_key(self._key(role).keyid, role)
        self.signers[role] = CryptoSigner.generate_ed25519()
        self.root.add_key(self._key(role), role)
        self.root.version += 1
        self.publish_root(before)
        if role != "root":
            self.publish()

    def publish_root(self, *others: CryptoSigner) -> None:
        """Put the root up, signed by its own key and the others."""
        signed = Metadata(self.root)
        for signer in {s.public_key.keyid: s for s in (*others, self.signers["root"])}.values():
            signed.sign(signer, append=True)
        self.files[f"/metadata/{self.root.version}.root.json"] = signed.to_bytes()

    def _put(self, name: str, payload: Any, role: str) -> None:
        signed = Metadata(payload)
        signed.sign(self.signers[role])
        self.files[f"/metadata/{name}.json"] = signed.to_bytes()

    def _key(self, role: str) -> Key:
        return self.signers[role].public_key


class Served(Protocol):
    """What can be put behind a socket."""

    def answer(self, path: str) -> bytes | None:
        """The bytes at a path; None if there are none."""
        ...


class _Handler(BaseHTTPRequestHandler):
    repository: Served

    def do_GET(self) -> None:
        data = self.repository.answer(self.path)
        self.send_response(404 if data is None else 200)
        self.send_header("Content-Length", str(len(data or b"")))
        self.end_headers()
        self.wfile.write(data or b"")

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        pass


@contextmanager
def serving(repository: Served) -> Iterator[str]:
    """The repository's address."""
    kind = type("Handler", (_Handler,), {"repository": repository})
    server = ThreadingHTTPServer(("127.0.0.1", 0), kind)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
