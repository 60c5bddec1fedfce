"""TUF metadata as values: what the next version of each role says. Pure; nothing is signed here."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tuf.api.metadata import (
    DelegatedRole,
    Delegations,
    Key,
    Metadata,
    MetaFile,
    Role,
    Root,
    Snapshot,
    TargetFile,
    Targets,
    Timestamp,
)

from builds.signing.keybook import Entry, KeyBook
from device_agent.protocol import keyset
from device_agent.protocol.keyset import KeySet, dump_key_set, key_set_bytes
from fleet.lib.hashing import sha256_hex
from ota.trust.tuf.roles import (
    ARTIFACTS,
    DIRECTOR,
    MODEL_PREFIX,
    MODELS,
    TOP,
    model_pattern,
    model_role,
)


@dataclass(frozen=True)
class ReleaseTarget:
    """A file that devices may be told to install."""

    path: str
    sha256: str
    length: int
    custom: Mapping[str, Any]

    def to_tuf(self) -> TargetFile:
        """In the repository's words."""
        extra = {"custom": dict(self.custom)}
        return TargetFile(self.length, {"sha256": self.sha256}, self.path, extra)


def root(book: KeyBook, *, version: int, expires: datetime) -> Metadata[Root]:
    """Return the root that the key book describes."""
    keys: dict[str, Key] = {}
    roles = {}
    for role in TOP:
        held = {entry.key.keyid: entry.key for entry in book.entries(role)}
        keys |= held
        roles[role] = Role(sorted(held), book.threshold(role))
    signed = Root(
        version=version, expires=expires, keys=keys, roles=roles, consistent_snapshot=True
    )
    return Metadata(signed)


def key_set(book: KeyBook, *, version: int) -> KeySet:
    """Whose word counts for devices. What a retired artifact key signed still installs."""
    still = [e for e in book.entries(ARTIFACTS, retired=True) if not e.revoked]
    return KeySet(
        version=version,
        director=_publics(book.entries(DIRECTOR)),
        artifacts=_publics([*book.entries(ARTIFACTS), *still[-keyset.KEYS_LIMIT // 2 :]]),
    )


def _publics(entries: Iterable[Entry]) -> dict[str, str]:
    return {entry.key.keyid: str(entry.key.keyval["public"]) for entry in entries}


def key_target(keys: KeySet) -> dict[str, TargetFile]:
    """Return the set as a file of the repository. None while a role has no key yet."""
    if not (keys.director and keys.artifacts):
        return {}
    custom = dump_key_set(keys)
    data = key_set_bytes(custom)
    hashes = {"sha256": sha256_hex(data)}
    return {keyset.PATH: TargetFile(len(data), hashes, keyset.PATH, {"custom": custom})}


def key_set_of(metadata: Metadata[Targets]) -> KeySet | None:
    """Return the set that top-level targets name."""
    found = metadata.signed.targets.get(keyset.PATH)
    return keyset.parse_key_set(found.custom) if found else None


def targets(
    book: KeyBook, models: Iterable[str], *, key_version: int, version: int, expires: datetime
) -> Metadata[Targets]:
    """Top-level targets: one file, the keys that devices follow; one delegation a model."""
    shared = {entry.key.keyid: entry.key for entry in book.entries(MODELS)}
    keys: dict[str, Key] = dict(shared)
    roles: dict[str, DelegatedRole] = {}
    for model in sorted(models):
        name = model_role(model)
        own = {entry.key.keyid: entry.key for entry in book.entries(name)} or shared
        keys |= own
        threshold = book.threshold(name if own is not shared else MODELS)
        pattern = [model_pattern(model)]
        roles[name] = DelegatedRole(name, sorted(own), threshold, terminating=True, paths=pattern)
    delegations = Delegations(keys, roles)
    files = key_target(key_set(book, version=key_version))
    signed = Targets(version=version, expires=expires, targets=files, delegations=delegations)
    return Metadata(signed)


def model_targets(
    files: Mapping[str, TargetFile], *, version: int, expires: datetime
) -> Metadata[Targets]:
    """Return a model's files."""
    return Metadata(Targets(version=version, expires=expires, targets=dict(files)))


def snapshot(versions: Mapping[str, int], *, version: int, expires: datetime) -> Metadata[Snapshot]:
    """Return which versions belong together."""
    meta = {f"{role}.json": MetaFile(number) for role, number in sorted(versions.items())}
    return Metadata(Snapshot(version=version, expires=expires, meta=meta))


def timestamp(of: int, data: bytes, *, version: int, expires: datetime) -> Metadata[Timestamp]:
    """Return which snapshot is the newest, pinned by length and digest."""
    meta = MetaFile.from_data(of, data, ["sha256"])
    return Metadata(Timestamp(version=version, expires=expires, snapshot_meta=meta))


def delegated_models(metadata: Metadata[Targets]) -> list[str]:
    """Return the models that top-level targets delegate to."""
    delegations = metadata.signed.delegations
    names = (delegations.roles or {}) if delegations else {}
    return [name.removeprefix(MODEL_PREFIX) for name in names]
