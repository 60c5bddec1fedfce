"""After the database or the storage was altered, lost or restored: one act that recovers.

Rows that the key book does not know are taken out, roots are written again from the book, every
role that is not as it was signed is signed again from what the admission rules allow, and
instructions are numbered above all that devices may have followed. A database that is older than
what was published begins a new epoch (`ota.epochs`).

A root that the book does not know and the root before has signed was made by a later book: it is
taken up again. A first root is never made a second time.
"""

import logging

from django.db import connections, router, transaction
from tuf.api.exceptions import RepositoryError
from tuf.api.metadata import Metadata, Root

from builds.signing.keybook import KeyBook
from fleet.access import audit
from fleet.lib import clock
from fleet.lib.actor import system
from fleet.lib.hashing import sha256_hex
from ota import epochs, troubles
from ota.models import Trouble, TufMetadata
from ota.trust.keys import key_store
from ota.trust.signer import repository
from ota.trust.tuf import published_metadata, soundness
from ota.trust.tuf.roles import ACTIONS, ROOT
from ota.trust.tuf.signing_session import KeysMissing, SigningSession
from registry import blobs

log = logging.getLogger(__name__)


def repository_repair() -> list[str]:
    """Return the roles that were signed again."""
    with key_store.held() as book:
        soundness.require_first_root(book)
        if _altered_mend(book):
            soundness.decided(book)
    for raw in book.roots():
        _write_again(raw)
    return repository.repository_maintain()


@transaction.atomic
def _altered_mend(book: KeyBook) -> bool:
    """Make the rows what the book says; whether a new epoch was begun for that."""
    begun = _epoch_begin(book)
    if _roots_take_up(book):
        _root_next(SigningSession(book, clock.now()))
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
    epochs.counters_raise(clock.now())
    return begun


def _epoch_begin(book: KeyBook) -> bool:
    """Go on with an older database, if it is one."""
    soundness.look(book)
    found = Trouble.objects.filter(kind__in=troubles.OLDER)
    if because := "; ".join(found.values_list("text", flat=True)):
        epochs.begin(by=system("keys repair"), because=because, offered=book.mark(ACTIONS).version)
        troubles.clear(*troubles.OLDER)
    return bool(because)


def _root_next(session: SigningSession) -> None:
    """A root that says what this book says: keys that only the later book had are lost."""
    try:
        session.root_publish(session.draft_root())
    except KeysMissing as error:
        log.warning("%s", error.message)


def _roots_take_up(book: KeyBook) -> bool:
    """Return roots of a later book than this one; whether there were any. Raises FleetError where
    storage has lost one.
    """
    roots = book.roots()
    known = len(roots)
    for row in TufMetadata.objects.filter(role=ROOT, version__gt=len(roots)).order_by("version"):
        raw = published_metadata.data(row)
        if not roots or not _follows(roots[-1], raw, row.version):
            break
        book.root_save(row.version, raw)
        roots.append(raw)
    return len(roots) > known


def _follows(before: bytes, raw: bytes, version: int) -> bool:
    """Tell whether the holders of one root have signed the next."""
    try:
        after = Metadata[Root].from_bytes(raw)
        for trusted in (Metadata[Root].from_bytes(before), after):
            trusted.signed.verify_delegate(ROOT, after.signed_bytes, after.signatures)
    except (RepositoryError, ValueError):
        return False
    return bool(after.signed.version == version)


def rows_forget() -> None:
    """Take out all metadata: a first root is made again, and devices have to enrol again."""
    for row in TufMetadata.objects.order_by("pk"):
        _remove(row)


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
