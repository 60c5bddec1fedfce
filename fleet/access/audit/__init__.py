"""The audit log: every change writes one entry, in its own transaction, with the hash of the entry
before.

Guarantees: `record` refuses outside a transaction, so a change and its entry are committed together
or not at all. Writers take turns: on PostgreSQL by an advisory lock that the transaction holds
until its end (its holder sees the newest committed entry), on SQLite because a transaction is
IMMEDIATE and so the only writer. The unique columns of the entry would stop a fork even if a lock
failed. A transaction that has rows of people to change records after it has changed them: whoever
has the turn must wait for no row of one that waits for the turn.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

from django.db import transaction

from device_agent.protocol.errors import ProtocolError
from fleet.access.audit import checkpoint
from fleet.access.audit.checkpoint import Checkpoint
from fleet.access.models import AuditEntry
from fleet.access.models.audit import LABEL_MAX
from fleet.access.rules.chain import GENESIS, ChainLink, ChainVerdict, holds_head, plain, walk
from fleet.lib import clock
from fleet.lib.actor import Actor
from fleet.lib.canonical import canonical_json
from fleet.lib.db import advisory_lock
from fleet.lib.errors import TooLarge

DETAIL_MAX_BYTES: Final = 16 * 1024
LOCK_KEY: Final = 0x0EF1_A0D1  # of the advisory lock; any number that nobody else takes
_CHUNK_ROWS: Final = 500


def record(
    *, by: Actor, action: str, subject: str, detail: Mapping[str, Any] | None = None
) -> AuditEntry:
    """Append one entry to the chain. `detail` is plain JSON; floats are stored as text.

    Raises TransactionManagementError outside a transaction, TooLarge above `DETAIL_MAX_BYTES`.
    """
    _lock_take()
    kept = plain(detail or {})
    if len(canonical_json(kept)) > DETAIL_MAX_BYTES:
        raise TooLarge(f"The audit detail of {action} is over {DETAIL_MAX_BYTES} bytes.")
    last = AuditEntry.objects.order_by("-sequence").values_list("sequence", "hash").first()
    sequence, prev_hash = last or (0, GENESIS)
    link = ChainLink(
        sequence=sequence + 1,
        at=clock.now(),
        actor_kind=str(by.kind),
        actor_id=by.id,
        actor_label=by.label[:LABEL_MAX],
        action=action,
        subject=subject,
        detail=kept,
        prev_hash=prev_hash,
    )
    return AuditEntry.objects.create(**vars(link.sealed()))


def verify(keys: Mapping[str, str] | None = None) -> ChainVerdict:
    """Walk the whole chain and tell where it breaks first; then hold it against its signed heads.

    `keys` are those that may have signed them (key id → public key); the published ones by default.
    """
    verdict = walk(_links())
    if not verdict.whole:
        return verdict
    reason = checkpoint.contradicted(keys)
    return replace(verdict, broken_at=verdict.entries, reason=reason) if reason else verdict


def verify_new(keys: Mapping[str, str] | None = None) -> ChainVerdict:
    """Walk on from the newest signed head, or the whole chain where none is: a day's entries, not
    all years'. What came before stands by that head's signature, and is looked at by `verify`.
    """
    row = checkpoint.newest()
    if row is None:
        return verify(keys)
    try:
        return verify_since(checkpoint.opened(row, keys))
    except ProtocolError:
        reason = f"no trusted key has signed the head of {row.signed_at:%Y-%m-%d}"
        return ChainVerdict(entries=0, head=GENESIS, broken_at=row.entries, reason=reason)


def verify_since(head: Checkpoint) -> ChainVerdict:
    """Walk on from a head that the caller trusts."""
    start = ChainVerdict(entries=head.entries, head=head.head, walked_from=head.entries + 1)
    if not checkpoint.holds(head):
        return replace(start, broken_at=head.entries, reason=checkpoint.not_held(head))
    return walk(_links(after=head.entries), start)


def knows_head(head: str) -> bool:
    """Tell whether a head noted earlier is still in the chain: False means that entries were cut
    off.
    """
    return holds_head(_links(), head)


def _links(after: int = 0) -> Iterator[ChainLink]:
    rows = AuditEntry.objects.filter(sequence__gt=after) if after else AuditEntry.objects.all()
    for entry in rows.order_by("sequence").iterator(chunk_size=_CHUNK_ROWS):
        yield entry.link()


def _lock_take() -> None:
    connection = transaction.get_connection()
    if not connection.in_atomic_block:
        message = "audit.record must run in the transaction of the change that it records."
        raise transaction.TransactionManagementError(message)
    advisory_lock(LOCK_KEY)
