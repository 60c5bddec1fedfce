"""The signer at work: the next version of each role, signed by enough keys, then published.

Guarantees:
* nothing is published that the trusted root's keys have not signed by threshold;
* what is trusted comes from the key book, never from the database;
* a version is written into the book before it is published, so that a lost transaction or a
  restored database never leads to a lower one.
"""

import logging
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from tuf.api.exceptions import RepositoryError, UnsignedMetadataError
from tuf.api.metadata import Metadata, Root, TargetFile, Targets

from builds.signing import SigningError
from builds.signing.keybook import KeyBook, Mark
from builds.signing.offline import COMPACT, add_signature
from device_agent.protocol.canonical import canonical_json
from device_agent.protocol.keyset import dump_key_set
from fleet.lib.errors import FleetError, Unavailable
from fleet.lib.hashing import sha256_hex
from ota.trust.tuf import published_metadata, role_metadata, soundness
from ota.trust.tuf.roles import (
    KEYS,
    MODELS,
    OFFLINE,
    ROOT,
    SNAPSHOT,
    TARGETS,
    TIMESTAMP,
    Validity,
    due,
    expiry,
    model_role,
    version_next,
)

log = logging.getLogger(__name__)


class KeysMissing(Unavailable):
    """Too few of a role's keys are at hand."""

    code = "keys_missing"


@dataclass
class SigningSession:
    """One signing session, under the book's lock and in one transaction."""

    book: KeyBook
    now: datetime
    signed: list[str] = field(default_factory=list)
    trouble: dict[str, str] = field(default_factory=dict)
    decided: list[dict[str, Any]] = field(default_factory=list)  # what the audit log is to say

    def root(self) -> Metadata[Root]:
        """Return the trusted root; the first one is made here if all its keys are at hand."""
        roots = self.book.roots()
        if not roots:
            soundness.require_first_root(self.book)
            return self.root_publish(self.draft_root())
        for number, raw in enumerate(roots, start=1):
            if published_metadata.row(ROOT, number) is None:
                self._restore(ROOT, Metadata[Root].from_bytes(raw), raw)
        self._mark_again(ROOT, len(roots), roots[-1])
        return Metadata[Root].from_bytes(roots[-1])

    def draft_root(self) -> Metadata[Root]:
        """Return the next root as the book describes it, signed by the keys that are here."""
        roots = self.book.roots()
        draft = role_metadata.root(self.book, version=len(roots) + 1, expires=self._expiry(ROOT))
        self._sign(draft, ROOT, draft.signed)
        if roots:  # who held root before has to agree
            self._sign(draft, ROOT, Metadata[Root].from_bytes(roots[-1]).signed)
        return draft

    def root_publish(self, metadata: Metadata[Root]) -> Metadata[Root]:
        """Publish a root that the one before it and it itself have signed by threshold."""
        roots = self.book.roots()
        before = Metadata[Root].from_bytes(roots[-1]) if roots else metadata
        if metadata.signed.version != len(roots) + 1:
            raise Unavailable(f"The next root is version {len(roots) + 1}.", code="wrong_version")
        self._require(before.signed, ROOT, metadata)
        self._require(metadata.signed, ROOT, metadata)
        raw = metadata.to_bytes(COMPACT)
        self.book.root_save(metadata.signed.version, raw)
        self._publish(ROOT, metadata, raw)
        return metadata

    def draft_targets(self, models: Iterable[str]) -> Metadata[Targets]:
        """Return the next top-level targets, signed by the keys that are here."""
        version, expires = self._version(TARGETS), self._expiry(TARGETS)
        draft = role_metadata.targets(
            self.book, models, key_version=self.key_version(), version=version, expires=expires
        )
        self._sign(draft, TARGETS, self.root().signed)
        return draft

    def targets_publish(self, metadata: Metadata[Targets]) -> Metadata[Targets]:
        """Publish top-level targets that the root's keys have signed."""
        self._require(self.root().signed, TARGETS, metadata)
        raw = metadata.to_bytes(COMPACT)
        self.book.keep(TARGETS, raw)
        self._publish(TARGETS, metadata, raw)
        return metadata

    def targets(self, models: Iterable[str]) -> Metadata[Targets] | None:
        """Top-level targets that delegate to these models, or the last ones while the keys for
        new ones are away.
        """
        kept = self.kept_targets()
        wanted = {*models, *(role_metadata.delegated_models(kept) if kept else ())}
        if kept and self._says(kept, wanted) and self._stands(kept):
            return kept
        try:
            return self.targets_publish(self.draft_targets(wanted))
        except KeysMissing as error:  # what is old is still good until it expires
            log.warning("%s", error.message)
            return kept

    def kept_targets(self) -> Metadata[Targets] | None:
        """Return the last top-level targets, if the present root still trusts their keys."""
        raw = self.book.kept(TARGETS)
        found = Metadata[Targets].from_bytes(raw) if raw else None
        if raw is None or found is None or not _trusted(self.root().signed, TARGETS, found):
            return None
        self._mark_again(TARGETS, found.signed.version, raw)
        return found

    def key_version(self) -> int:
        """Return the number of the keys that devices follow; a higher one whenever they are
        others.
        """
        content = dump_key_set(role_metadata.key_set(self.book, version=0))
        digest, mark = sha256_hex(canonical_json(content)), self.book.mark(KEYS)
        if mark.sha256 != digest:
            number = version_next(KEYS, published=mark.version, now=self.now)
            mark = Mark(number, digest)
            self.book.mark_set({KEYS: mark})
        return mark.version

    def _says(self, kept: Metadata[Targets], models: set[str]) -> bool:
        expires, number = kept.signed.expires, self.key_version()
        asked = role_metadata.targets(
            self.book, models, key_version=number, version=1, expires=expires
        )
        before, wanted = kept.signed, asked.signed
        return (before.delegations, before.targets) == (wanted.delegations, wanted.targets)

    def _stands(self, kept: Metadata[Targets]) -> bool:
        """Tell whether these targets are published and fresh; a restored database gets them
        back.
        """
        if kept.signed.version > published_metadata.highest(TARGETS):
            self._restore(TARGETS, kept, kept.to_bytes(COMPACT))
        return not self.dirty(TARGETS, self.root().signed)

    def model(self, name: str, files: dict[str, TargetFile], top: Metadata[Targets]) -> None:
        """Publish a model's files."""
        role = model_role(name)
        version, expires = self._version(role), self._expiry(MODELS)
        metadata = role_metadata.model_targets(files, version=version, expires=expires)
        self._sign(metadata, role, top.signed)
        self._require(top.signed, role, metadata)
        self._publish(role, metadata, metadata.to_bytes(COMPACT))

    def snapshot(self, models: Iterable[str]) -> None:
        """Publish which versions belong together, and a timestamp that says so."""
        roles = [TARGETS, *(model_role(model) for model in models)]
        versions = {role: self.book.mark(role).version for role in roles}
        version, expires = self._version(SNAPSHOT), self._expiry(SNAPSHOT)
        metadata = role_metadata.snapshot(versions, version=version, expires=expires)
        self._publish_top(SNAPSHOT, metadata)
        self.timestamp()

    def timestamp(self) -> None:
        """Publish which snapshot is the newest."""
        row = published_metadata.latest(SNAPSHOT)
        if row is None:
            raise Unavailable("There is no snapshot yet.")
        version, expires = self._version(TIMESTAMP), self._expiry(TIMESTAMP)
        metadata = role_metadata.timestamp(
            row.version, published_metadata.data(row), version=version, expires=expires
        )
        self._publish_top(TIMESTAMP, metadata)

    def dirty(self, role: str, by: Root | Targets) -> bool:
        """Tell whether a role has to be signed again: it is old or missing, its keys have changed,
        or somebody else wrote it.
        """
        row, mark = published_metadata.latest(role), self.book.mark(role)
        if row is None or (row.version, row.blob_id) != (mark.version, mark.sha256):
            return True
        if due(Validity(role, row.version, row.signed_at, row.expires_at), self.now):
            return True
        try:
            return not _trusted(by, role, Metadata[Any].from_bytes(published_metadata.data(row)))
        except FleetError:  # the storage lost or changed it
            return True

    def _publish_top(self, role: str, metadata: Metadata[Any]) -> None:
        root = self.root().signed
        self._sign(metadata, role, root)
        self._require(root, role, metadata)
        self._publish(role, metadata, metadata.to_bytes(COMPACT))

    def _publish(self, role: str, metadata: Metadata[Any], raw: bytes) -> None:
        self.book.mark_set({role: Mark(metadata.signed.version, sha256_hex(raw))})
        published_metadata.add(role, metadata, raw, now=self.now)
        self.signed.append(role)

    def _mark_again(self, role: str, version: int, raw: bytes) -> None:
        """What the book keeps was signed here, also where the signer ended before its mark: people
        who have signed it elsewhere do not have to sign again.
        """
        if version > self.book.mark(role).version:
            self.book.mark_set({role: Mark(version, sha256_hex(raw))})

    def _restore(self, role: str, metadata: Metadata[Any], raw: bytes) -> None:
        days = timedelta(days=settings.EDGEFLEET_TUF_DAYS[role])
        published_metadata.add(role, metadata, raw, now=metadata.signed.expires - days)

    def _sign(self, metadata: Metadata[Any], role: str, by: Root | Targets) -> None:
        """Sign with every key at hand that counts; a retired one counts until it is taken out."""
        wanted = set(by.get_delegated_role(role).keyids)
        entries = (*self.book.entries(), *self.book.entries(retired=True))
        for entry in entries:
            if entry.online and entry.key.keyid in wanted:
                try:
                    add_signature(metadata, entry.open())
                except (SigningError, UnsignedMetadataError) as error:
                    # Perhaps enough others are here; if not, this is why.
                    self.trouble[role] = str(error)

    def _require(self, by: Root | Targets, role: str, metadata: Metadata[Any]) -> None:
        if not _trusted(by, role, metadata):
            cause = self.trouble.get(role, "some are offline.")
            remedy = f" Run 'manage.py keys export {role} FILE'." if role in OFFLINE else ""
            raise KeysMissing(
                f"{role} needs more signatures than the keys here give: {cause}{remedy}"
            )

    def _version(self, role: str) -> int:
        published = max(published_metadata.highest(role), self.book.mark(role).version)
        return version_next(role, published=published, now=self.now)

    def _expiry(self, role: str) -> datetime:
        return expiry(role, now=self.now, days=settings.EDGEFLEET_TUF_DAYS)


def _trusted(by: Root | Targets, role: str, metadata: Metadata[Any]) -> bool:
    try:
        by.verify_delegate(role, metadata.signed_bytes, metadata.signatures)
    except (RepositoryError, ValueError):
        return False
    return True
