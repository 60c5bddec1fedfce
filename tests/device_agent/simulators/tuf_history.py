"""A TUF repository that keeps every version it ever published, and can publish nonsense.

``roles`` holds what is to be signed next, ``signers`` who signs it; ``publish`` makes a version of
it public. What the repository was asked for is kept in ``asked`` and ``fetched``.
"""

import hashlib
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any
from urllib.parse import unquote

from securesystemslib.signer import CryptoSigner
from tuf.api.metadata import (
    DelegatedRole,
    Delegations,
    Metadata,
    MetaFile,
    Root,
    Snapshot,
    TargetFile,
    Targets,
    Timestamp,
)

TOP = ("root", "targets", "snapshot", "timestamp")
SCHEMES = {
    "rsassa-pss-sha256": CryptoSigner.generate_rsa,
    "ecdsa-sha2-nistp256": CryptoSigner.generate_ecdsa,
    "ed25519": CryptoSigner.generate_ed25519,
}
LIFE = timedelta(days=30)


def today() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)  # noqa: TID251 - the client has the real clock


@cache
def signer(number: int, scheme: str = "ed25519") -> CryptoSigner:
    """The same few keys in every test: making them takes longer than most tests."""
    return SCHEMES[scheme]()


class TufHistory:
    def __init__(self) -> None:
        expires = today() + LIFE
        self.root = Root(expires=expires, consistent_snapshot=True)
        self.targets = Targets(expires=expires)
        self.snapshot = Snapshot(expires=expires)
        self.timestamp = Timestamp(expires=expires)
        self.roles: dict[str, Root | Targets | Snapshot | Timestamp] = {
            "root": self.root,
            "targets": self.targets,
            "snapshot": self.snapshot,
            "timestamp": self.timestamp,
        }
        self.signers: dict[str, list[CryptoSigner]] = {}
        self.published: dict[str, list[bytes]] = {}
        self.artifacts: dict[str, bytes] = {}
        self.asked: list[tuple[str, int | None]] = []
        self.fetched: list[tuple[str, str]] = []
        self.with_hashes = False  # whether snapshot and timestamp name lengths and digests
        self._keys_used = 0
        for role in TOP:
            self.add_key(role)
        self.publish(*TOP)

    def new_signer(self, scheme: str = "ed25519") -> CryptoSigner:
        """One that this repository has not used yet."""
        self._keys_used += 1
        return signer(self._keys_used, scheme)

    def add_key(self, role: str, made: CryptoSigner | None = None) -> CryptoSigner:
        """Another key for a top-level role."""
        made = made or self.new_signer()
        self.root.add_key(made.public_key, role)
        self.signers.setdefault(role, []).append(made)
        return made

    def rotate(self, role: str) -> None:
        """All new keys for a top-level role."""
        self.root.roles[role].keyids.clear()
        self.signers[role].clear()
        for _ in range(self.root.roles[role].threshold):
            self.add_key(role)

    def delegate(
        self,
        delegator: str,
        name: str,
        *,
        paths: Sequence[str] = ("*",),
        terminating: bool = False,
        targets: Targets | None = None,
    ) -> CryptoSigner:
        """Let another role speak for some paths, with a key of its own for this delegation."""
        parent = self.targets_of(delegator)
        parent.delegations = parent.delegations or Delegations({}, {})
        roles = parent.delegations.roles
        assert roles is not None
        roles[name] = DelegatedRole(name, [], 1, terminating, paths=list(paths))
        made = self.new_signer()
        parent.add_key(made.public_key, name)
        self.signers.setdefault(name, []).append(made)
        self.roles.setdefault(name, targets or Targets(expires=today() + LIFE))
        return made

    def targets_of(self, role: str) -> Targets:
        found = self.roles[role]
        assert isinstance(found, Targets)
        return found

    def add(
        self, path: str, data: bytes, *, role: str = "targets", hashes: Iterable[str] = ("sha256",)
    ) -> TargetFile:
        """An artifact, and what a role says of it."""
        described = TargetFile.from_data(path, data, list(hashes))
        self.targets_of(role).targets[path] = described
        self.artifacts[path] = data
        return described

    def publish(self, *roles: str) -> None:
        """The next version of each role, and what its parent says of it from now on."""
        for role in roles:
            signed = self.roles[role]
            if role in self.published:
                signed.version += 1
            metadata: Metadata[Any] = Metadata(signed)
            for made in self.signers[role]:
                metadata.sign(made, append=True)
            data = metadata.to_bytes()
            self.published.setdefault(role, []).append(data)
            self._describe(role, signed.version, data)

    def publish_all(self) -> None:
        """New targets, snapshot and timestamp."""
        self.publish("targets", "snapshot", "timestamp")

    def begin_again(self, role: str) -> None:
        """Forget what was published of a role: its next version is 1."""
        del self.published[role]
        self.roles[role].version = 1

    def last(self, role: str) -> bytes:
        return self.published[role][-1]

    def answer(self, path: str) -> bytes | None:
        """What is served at a path, which comes as it was sent."""
        kind, _, rest = path.lstrip("/").partition("/")
        if kind == "targets":
            return self._artifact(unquote(rest))
        return self._metadata(rest.removesuffix(".json")) if kind == "metadata" else None

    def _metadata(self, name: str) -> bytes | None:
        number, _, role = name.partition(".")
        version = int(number) if number.isdigit() else None
        role = role if version else name
        self.asked.append((role, version))
        history = self.published.get(unquote(role), [])
        if version is None:
            return history[-1] if history else None
        return history[version - 1] if version <= len(history) else None

    def _artifact(self, path: str) -> bytes | None:
        folder, slash, prefixed = path.rpartition("/")
        prefix, _, name = prefixed.partition(".")
        self.fetched.append((f"{folder}{slash}{name}", prefix))
        return self.artifacts.get(f"{folder}{slash}{name}")

    def _describe(self, role: str, version: int, data: bytes) -> None:
        if role in {"root", "timestamp"}:
            return
        told = MetaFile(version)
        if self.with_hashes:
            told = MetaFile(version, len(data), {"sha256": hashlib.sha256(data).hexdigest()})
        if role == "snapshot":
            self.timestamp.snapshot_meta = told
        else:
            self.snapshot.meta[f"{role}.json"] = told
