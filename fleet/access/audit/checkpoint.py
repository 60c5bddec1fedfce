"""Signed checkpoints of the audit log: rewriting it, or cutting its end off, contradicts one.

A checkpoint says how many entries the log had and what it hashed to. It is signed daily by the
audit key, which the signer holds; here it is only verified.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from django.conf import settings
from django.utils.module_loading import import_string

from device_agent.protocol import dsse, fields
from device_agent.protocol.canonical import parse_json
from device_agent.protocol.errors import ProtocolError
from fleet.access.models import AuditEntry, AuditHead
from fleet.access.rules.chain import GENESIS
from fleet.lib.canonical import canonical_json

CHECKPOINT_TYPE: Final = "application/vnd.edgefleet.audit-head+json"


@dataclass(frozen=True)
class Checkpoint:
    """What was signed. `entries` is the sequence of the newest entry, `head` its hash."""

    entries: int
    head: str
    signed_at: datetime


def dump_checkpoint(head: Checkpoint) -> bytes:
    """Return the payload to be signed."""
    at = head.signed_at.astimezone(UTC).isoformat(timespec="seconds")
    return canonical_json({"entries": head.entries, "head": head.head, "signed_at": at})


def parse_checkpoint(payload: bytes) -> Checkpoint:
    """Return the checkpoint in a payload whose signature has been verified. Raises
    ProtocolError.
    """
    what = "The head"
    data = fields.members(parse_json(payload, limit_bytes=4096, what=what), what)
    try:
        at = datetime.fromisoformat(fields.text(data, "signed_at"))
    except ValueError as error:
        raise ProtocolError("'signed_at' is not a time.") from error
    return Checkpoint(fields.integer(data, "entries"), fields.digest(data, "head"), at)


def newest() -> AuditHead | None:
    """Return the newest signed checkpoint."""
    return AuditHead.objects.first()


def holds(head: Checkpoint) -> bool:
    """Tell whether the log still agrees with this checkpoint."""
    if head.entries == 0:
        return head.head == GENESIS
    return AuditEntry.objects.filter(sequence=head.entries, hash=head.head).exists()


def contradicted(keys: Mapping[str, str] | None = None) -> str:
    """Return why a whole chain contradicts its signed checkpoints; empty if it does not."""
    trusted = published_keys() if keys is None else keys
    for row in AuditHead.objects.order_by("pk").iterator():
        try:
            head = opened(row, trusted)
        except ProtocolError:
            return f"no trusted key has signed the head of {row.signed_at:%Y-%m-%d}"
        if not holds(head):
            return not_held(head)
    return ""


def opened(row: AuditHead, keys: Mapping[str, str] | None = None) -> Checkpoint:
    """Return the checkpoint that a trusted key has signed. Raises ProtocolError."""
    trusted = published_keys() if keys is None else keys
    return parse_checkpoint(dsse.unseal(row.envelope, CHECKPOINT_TYPE, trusted))


def not_held(head: Checkpoint) -> str:
    """Return the reason in words."""
    return f"it does not hold the head that was signed on {head.signed_at:%Y-%m-%d}"


def published_keys() -> Mapping[str, str]:
    """Return every key that ever signed checkpoints: key id → public key."""
    keys: Mapping[str, str] = import_string(settings.EDGEFLEET_AUDIT_KEYS)()
    return keys
