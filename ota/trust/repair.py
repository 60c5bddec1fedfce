"""After the database or the storage was altered, lost or restored: one act that recovers.

Rows that the key book does not know are taken out, roots are written again from the book, every
role that is not as it was signed is signed anew from what policy admits, and instructions are
numbered above all that devices may have followed.
"""

import logging
from datetime import datetime

from django.db import connections, router, transaction
from tuf.api.metadata import Metadata, Root

from fleet.access import audit
from fleet.lib import clock
from fleet.lib.actor import system
from fleet.lib.hashing import sha256_hex
from ota.models import Slot
from ota.models.repository import TufMetadata
from ota.trust import layout, publish, vault
from ota.trust.layout import ROOT
from registry import blobs

log = logging.getLogger(__name__)


def repository_repair() -> list[str]:
    """The roles that were signed again."""
    with vault.held() as book, transaction.atomic():
        known = {number: sha256_hex(raw) for number, raw in enumerate(book.roots(), start=1)}
        for row in TufMetadata.objects.order_by("pk"):
            mark = book.mark(row.role)
            foreign = row.version > mark.version or (
                row.version == mark.version and row.blob_id != mark.sha256
            )
            if row.role == ROOT:
                foreign = known.get(row.version) != row.blob_id
            if foreign:
                _remove(row)
        _counters_raise(clock.now())
    for raw in book.roots():
        _write_again(raw)
    return publish.repository_maintain()


def _counters_raise(now: datetime) -> None:
    """Number instructions above any that was signed, at most one a second a device: what devices
    have followed is not followed again, and a restored or altered row would number from there.
    """
    least = layout.version_next(layout.KEYS, published=0, now=now)
    Slot.objects.filter(counter__lt=least).update(counter=least)


def _remove(row: TufMetadata) -> None:
    """Past the model's refusal: nobody here signed this row."""
    log.error("took out %s, which no signer here has made", row)
    alias = router.db_for_write(TufMetadata)
    with connections[alias].cursor() as cursor:
        cursor.execute("DELETE FROM ota_tufmetadata WHERE id = %s", [row.pk])
    audit.record(
        by=system("signer"),
        action="ota.metadata_remove",
        subject=str(row),
        detail={"sha256": row.blob_id},
    )


def _write_again(raw: bytes) -> None:
    """Storage that gives back other bytes gets the right ones."""
    version = Metadata[Root].from_bytes(raw).signed.version
    digest = sha256_hex(raw)
    try:
        blobs.read(digest)
    except Exception:  # lost or altered: both are mended the same way
        log.exception("root %s was damaged in storage", version)
        blobs.storage().delete(blobs.path_of(digest))
        blobs.put_bytes(raw)
