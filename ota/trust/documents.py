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

from builds.signing.keybook import KeyBook
from ota.trust import layout
from ota.trust.layout import MODELS, TOP


@dataclass(frozen=True)
class Target:
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
    """The root that the key book describes."""
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


def targets(
    book: KeyBook, models: Iterable[str], *, version: int, expires: datetime
) -> Metadata[Targets]:
    """Top-level targets: no file, one delegation a model."""
    shared = {entry.key.keyid: entry.key for entry in book.entries(MODELS)}
    keys: dict[str, Key] = dict(shared)
    roles: dict[str, DelegatedRole] = {}
    for model in sorted(models):
        name = layout.model_role(model)
        own = {entry.key.keyid: entry.key for entry in book.entries(name)} or shared
        keys |= own
        threshold = book.threshold(name if own is not shared else MODELS)
        pattern = [layout.model_pattern(model)]
        roles[name] = DelegatedRole(name, sorted(own), threshold, terminating=True, paths=pattern)
    delegations = Delegations(keys, roles)
    return Metadata(Targets(version=version, expires=expires, delegations=delegations))


def model_targets(
    files: Mapping[str, TargetFile], *, version: int, expires: datetime
) -> Metadata[Targets]:
    """A model's files."""
    return Metadata(Targets(version=version, expires=expires, targets=dict(files)))


def snapshot(versions: Mapping[str, int], *, version: int, expires: datetime) -> Metadata[Snapshot]:
    """Which versions belong together."""
    meta = {f"{role}.json": MetaFile(number) for role, number in sorted(versions.items())}
    return Metadata(Snapshot(version=version, expires=expires, meta=meta))


def timestamp(of: int, data: bytes, *, version: int, expires: datetime) -> Metadata[Timestamp]:
    """Which snapshot is the newest, pinned by length and digest."""
    meta = MetaFile.from_data(of, data, ["sha256"])
    return Metadata(Timestamp(version=version, expires=expires, snapshot_meta=meta))


def delegated_models(metadata: Metadata[Targets]) -> list[str]:
    """The models that top-level targets delegate to."""
    delegations = metadata.signed.delegations
    names = (delegations.roles or {}) if delegations else {}
    return [name.removeprefix(layout.MODEL_PREFIX) for name in names]
