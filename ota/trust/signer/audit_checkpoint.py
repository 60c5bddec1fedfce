"""Signs a checkpoint of the audit log once per day.

The signer also keeps the last head beside its keys: a log that no longer holds it is not
signed again, and that is an error in the signer's own log, whatever the database says.
"""

import logging
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction

from builds.signing import SigningError, seal
from builds.signing.errors import SigningBusy
from builds.signing.keybook import KeyBook
from fleet.access import audit
from fleet.access.audit import checkpoint
from fleet.access.audit.checkpoint import CHECKPOINT_TYPE, Checkpoint
from fleet.access.models import AuditHead
from fleet.access.rules.chain import ChainVerdict
from fleet.lib import clock
from fleet.lib.errors import Conflict, Unavailable
from ota.trust.keys import active_keys, key_store
from ota.trust.tuf.roles import AUDIT, AUDIT_HEAD

log = logging.getLogger(__name__)
EVERY: Final = timedelta(days=1)


def checkpoint_sign() -> AuditHead | None:
    """Sign the head if the last one is a day old; None if there is nothing to sign.

    Raises Conflict for a log that is broken or is not the one that was signed before.
    """
    if not _due(clock.now()):
        return None  # most beats: no key is opened
    try:
        book = key_store.book()
        with book.locked(), transaction.atomic():
            return _signed(book, clock.now())
    except SigningBusy:
        return None  # the other process does it, or the next beat
    except SigningError as error:
        raise Unavailable(str(error), code="key_unusable") from error


def _due(now: datetime) -> bool:
    last = checkpoint.newest()
    return last is None or last.signed_at <= now - EVERY


def _signed(book: KeyBook, now: datetime) -> AuditHead | None:
    if not _due(now):
        return None
    entry = active_keys.signing_key(book, AUDIT)
    if entry is None or not entry.online:
        return None
    verdict = _verdict(book)
    if not verdict.whole:
        log.error("the audit log is not signed: %s", verdict.reason)
        raise Conflict(f"The audit log is not signed: {verdict.reason}.", code="audit_broken")
    if not verdict.entries:
        return None
    head = Checkpoint(verdict.entries, verdict.head, now)
    envelope = seal(checkpoint.dump_checkpoint(head), CHECKPOINT_TYPE, entry.open())
    book.keep(AUDIT_HEAD, checkpoint.dump_checkpoint(head))
    return AuditHead.objects.create(
        entries=head.entries,
        head=head.head,
        keyid=entry.key.keyid,
        envelope=envelope,
        signed_at=now,
    )


def _verdict(book: KeyBook) -> ChainVerdict:
    """Return what the log is since the head that lies beside the keys: nobody waits while years of
    it are walked again. The first time it is walked whole.
    """
    raw = book.kept(AUDIT_HEAD)
    return audit.verify() if raw is None else audit.verify_since(checkpoint.parse_checkpoint(raw))
