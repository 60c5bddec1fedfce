"""Checks whether database, key book and keys belong together, as the signer does by itself.

* What was published and offered is in the book, beside the keys. A database that knows less is
  older than what devices were told. It is said until a person has decided how to go on, though the
  signer goes on with higher versions in the meantime.
* Only a person's command beside the keys decides it (`decided`): write access to the database
  suffices neither to hide that it is older nor to have the newest checkpoint forgotten.
* A key whose file is away, altered or readable by others is said before anybody misses a signature.
"""

from pathlib import Path
from typing import Final

from django.conf import settings
from django.db.models import Max

from builds.signing import SigningError
from builds.signing.keybook import KeyBook
from builds.signing.places import FILE, is_near
from fleet.access.audit import checkpoint
from fleet.access.audit.checkpoint import Checkpoint
from fleet.access.rules.chain import GENESIS
from fleet.lib import clock
from fleet.lib.errors import Conflict
from ota import epochs, troubles
from ota.models import Assignment, TroubleKind
from ota.trust.tuf import published_metadata
from ota.trust.tuf.roles import ACTIONS, AUDIT_HEAD, EPOCH_MARK, OFFLINE, ROOT, TOP

FOLDER: Final = "tuf"  # of the book, beside the service's own keys


def older(book: KeyBook) -> list[str]:
    """Return what the book knows and the database does not."""
    epoch, begun = book.published(EPOCH_MARK), epochs.begins_at()
    found = [
        f"{role} {book.published(role)} was published, and it knows {known} at most"
        for role in TOP
        if (known := published_metadata.highest(role)) < book.published(role)
    ]
    if begun < epoch:
        found.append("a later epoch was begun")
    rows = Assignment.objects.aggregate(Max("pk"))["pk__max"] or 0
    last = max(rows, begun - 1)  # an epoch begins above what others remember
    if book.mark(ACTIONS).version > last:
        found.append(f"action {book.mark(ACTIONS).version} was offered, and it has {last} at most")
    return found


def older_in_words(book: KeyBook) -> str:
    """Return what `older` finds as sentences with a remedy; empty where all is well."""
    found = older(book)
    if not found:
        return ""
    return f"The database is older than what was published: {'; '.join(found)}. {troubles.GO_ON}"


def unsignable(book: KeyBook) -> list[str]:
    """Return why keys that lie in files here cannot sign. Others are asked when they have to sign.

    People's keys may be on a medium that is away most of the time: those are not a trouble.
    """
    found = []
    for entry in book.entries():
        here = is_near(entry.uri, book.folder)
        if entry.uri.startswith(FILE) and (here or entry.role not in OFFLINE):
            try:
                entry.open()
            except SigningError as error:
                found.append(f"{entry.role} cannot be signed: {error}")
    return found


def sentences() -> list[str]:
    """Return all that a person has to look at: what was noted, and what shows here and now."""
    noted = troubles.sentences()
    return [*noted, *(text for text in _now() if not any(text in each for each in noted))]


def _now() -> list[str]:
    """Without an answer where the keys are none of this process's business."""
    if settings.EDGEFLEET_PRODUCTION:
        return []
    try:
        book = KeyBook(Path(settings.EDGEFLEET_KEY_DIR) / FOLDER)
        require_first_root(book)
        return [*filter(None, [older_in_words(book)]), *unsignable(book)]
    except Conflict as error:
        return [error.message]
    except (OSError, SigningError) as error:
        return [f"The key book cannot be read: {error}"]


def look(book: KeyBook) -> None:
    """Note what is wrong, before anything is mended by signing on."""
    if words := older_in_words(book):
        troubles.note(TroubleKind.PUBLISHED, words)
    if found := unsignable(book):
        troubles.note(TroubleKind.UNSIGNABLE, " ".join(found))
    else:
        troubles.clear(TroubleKind.UNSIGNABLE)


def remember(book: KeyBook) -> None:
    """After the commit: what was published, and in which epoch of the database."""
    versions = {role: published_metadata.highest(role) for role in TOP}
    book.published_set({**versions, EPOCH_MARK: epochs.begins_at()})


def decided(book: KeyBook) -> None:
    """A person goes on with this database as it is, in a new epoch."""
    versions = {role: published_metadata.highest(role) for role in TOP}
    book.published_reset({**versions, EPOCH_MARK: epochs.begins_at()})
    raw = book.kept(AUDIT_HEAD)
    if raw is not None and not checkpoint.holds(checkpoint.parse_checkpoint(raw)):
        # The earlier log is lost: what comes after is signed again, from its first entry.
        book.keep(f"{AUDIT_HEAD}-before-epoch-{epochs.current()}", raw)
        book.keep(AUDIT_HEAD, checkpoint.dump_checkpoint(Checkpoint(0, GENESIS, clock.now())))


def require_first_root(book: KeyBook) -> None:
    """Raise Conflict where devices follow roots that the book does not have: another first root
    would be one that none of them follows.
    """
    known = published_metadata.highest(ROOT)
    if known and not book.roots():
        raise Conflict(
            f"Devices follow root {known} of this database, but its key book is not in "
            f"{book.folder}: another first root would be version 1 again, which they never follow. "
            "Bring the folder of keys back from its copy, or with 'manage.py restore PLACE "
            "--only-files --with-keys'. Only if it is permanently lost, run 'manage.py keys init "
            "--anew', and enrol every device again.",
            code="second_first_root",
        )
