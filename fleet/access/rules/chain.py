"""The audit log's hash chain: what an entry's hash covers, and where a chain is broken.

Guarantees: every field of an entry is under its hash, and the hash of the entry before is one of
those fields, so that a changed, removed or swapped entry breaks the chain at its place. Cutting the
newest entries off leaves a whole, shorter chain: anyone who keeps an older head can still tell
(`holds_head`).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any, Final

from fleet.lib.canonical import canonical_json
from fleet.lib.hashing import SHA256_HEX_LENGTH, sha256_hex

GENESIS: Final = "0" * SHA256_HEX_LENGTH  # what the first entry names as the one before


@dataclass(frozen=True)
class ChainLink:
    """One entry as the chain sees it."""

    sequence: int
    at: datetime
    actor_kind: str
    actor_id: str
    actor_label: str
    action: str
    subject: str
    detail: Mapping[str, Any]
    prev_hash: str
    hash: str = ""

    def sealed(self) -> "ChainLink":
        """Return the link with its hash filled in."""
        return replace(self, hash=entry_hash(self))


@dataclass(frozen=True)
class ChainVerdict:
    """What a walk along the chain found: how many whole entries, the last good hash, and the first
    fault; `walked_from` is the first entry that was looked at.
    """

    entries: int
    head: str
    broken_at: int | None = None
    reason: str = ""
    walked_from: int = 1

    @property
    def whole(self) -> bool:
        """True when no link is broken."""
        return self.broken_at is None


def entry_hash(link: ChainLink) -> str:
    """Return the sha256 over the canonical form of every field but the hash itself."""
    fields = {
        "sequence": link.sequence,
        "at": link.at.astimezone(UTC).isoformat(timespec="microseconds"),
        "actor": [link.actor_kind, link.actor_id, link.actor_label],
        "action": link.action,
        "subject": link.subject,
        "detail": plain(link.detail),
        "prev_hash": link.prev_hash,
    }
    return sha256_hex(canonical_json(fields))


def plain(value: Any) -> Any:
    """Return `value` as JSON without floats: numbers with a point become their shortest text.

    A float's text may differ between databases and languages; a hash must not.
    """
    match value:
        case Enum():
            return plain(value.value)
        case None | bool() | int() | str():
            return value
        case float() | Decimal():
            return str(value)
        case datetime() | date():
            return value.isoformat()
        case Mapping():
            return {str(key): plain(item) for key, item in value.items()}
        case list() | tuple():
            return [plain(item) for item in value]
        case set() | frozenset():
            return sorted(plain(item) for item in value)
    return str(value)


START: Final = ChainVerdict(entries=0, head=GENESIS)


def walk(links: Iterable[ChainLink], verdict: ChainVerdict = START) -> ChainVerdict:
    """Follow the chain from where a verdict ends, by default from its first entry, and stop at the
    first broken link.
    """
    for link in links:
        if reason := _fault(link, verdict):
            return replace(verdict, broken_at=link.sequence, reason=reason)
        verdict = replace(verdict, entries=link.sequence, head=link.hash)
    return verdict


def holds_head(links: Iterable[ChainLink], head: str) -> bool:
    """Tell whether a head noted earlier is still part of the chain."""
    return head == GENESIS or any(link.hash == head for link in links)


def _fault(link: ChainLink, before: ChainVerdict) -> str:
    if link.sequence != before.entries + 1:
        return f"entry {before.entries + 1} is missing"
    if link.prev_hash != before.head:
        return "it does not carry the hash of the entry before"
    if link.hash != entry_hash(link):
        return "its content does not match its hash"
    return ""
