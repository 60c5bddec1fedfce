"""What `keys status` says."""

from datetime import datetime

from builds.signing.keybook import KeyBook
from fleet.lib.errors import Conflict
from ota import epochs
from ota.choices import RequestState
from ota.models import SigningRequest, Trouble, TroubleKind
from ota.trust.keys import active_keys, key_store
from ota.trust.tuf import published_metadata, soundness
from ota.trust.tuf.roles import APPROVERS, ARTIFACTS, DIRECTOR, alarm_of


def status(now: datetime) -> str:
    """Return keys by role, expiry, alarms, and what waits for a signature, as lines of text."""
    book = KeyBook(key_store.folder())
    if not book.exists():
        try:
            soundness.require_first_root(book)
        except Conflict as error:
            return error.message
        return "There are no repository keys yet: run 'manage.py keys init'."
    lines = [*_keys(book), *_followed(book), *_lives(now), *_waiting(), _epoch()]
    return "\n".join([*lines, *(f"TROUBLE: {sentence}" for sentence in _troubles(book))])


def _epoch() -> str:
    return f"epoch {epochs.current()}: actions are numbered from {max(epochs.begins_at(), 1)}"


def _troubles(book: KeyBook) -> list[str]:
    """Return what is wrong now, and what was noticed before and not decided yet."""
    found = [*filter(None, [soundness.older_in_words(book)]), *soundness.unsignable(book)]
    noted = Trouble.objects.exclude(kind=TroubleKind.UNSIGNABLE).values_list("text", flat=True)
    return [*found, *(text for text in noted if text not in found)]


def _keys(book: KeyBook) -> list[str]:
    roles = sorted({entry.role for entry in book.entries()})
    lines = []
    for role in roles:
        held = book.entries(role)
        lines.append(f"{role}: {book.threshold(role)} of {len(held)}")
        lines += [f"  {e.key.keyid}  {e.key.scheme}  {e.uri or 'offline'}" for e in held]
    return lines


def _followed(book: KeyBook) -> list[str]:
    """Whose word counts for devices now, where that is not yet what the book says."""
    announced = active_keys.announced(book)
    if announced is None:
        return ["devices follow the keys of their enrolment: targets are not signed yet"]
    lines = [f"devices follow key set {announced.version}"]
    for role, known in ((DIRECTOR, announced.director), (ARTIFACTS, announced.artifacts)):
        new = [e.key.keyid for e in book.entries(role) if e.key.keyid not in known]
        lines += [f"  {role} {keyid} waits for the holders of targets" for keyid in new]
    if not book.entries(APPROVERS):
        lines.append("approvals are rows of the database: 'keys add approvers' makes them signed")
    return lines


def _lives(now: datetime) -> list[str]:
    lines = []
    for validity in published_metadata.validities():
        alarm = alarm_of(validity, now)
        word = f"  {alarm.level.upper()}" if alarm else ""
        ends = f"{validity.expires_at:%Y-%m-%d %H:%M}"
        lines.append(
            f"{validity.role} {validity.version}: until {ends}, {validity.left(now):.0%} left{word}"
        )
    return lines


def _waiting() -> list[str]:
    rows = SigningRequest.objects.filter(state=RequestState.PENDING).select_related(
        "release__version__model"
    )
    return [f"waits: {row.kind} {row.release} {row.reason}".rstrip() for row in rows]
