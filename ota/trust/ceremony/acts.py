"""The key ceremony: people make, add, replace and revoke keys, here or on an offline machine.

Guarantees:
* the next root is published only when the previous root's keys and its own have signed it;
* a ceremony never leaves a role with fewer keys than its threshold;
* every act is in the audit log.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from cryptography.hazmat.primitives.serialization import load_pem_public_key
from django.conf import settings
from django.db import transaction
from securesystemslib.signer import SSlibKey
from tuf.api.metadata import Metadata, Root

from builds.signing import SigningError
from builds.signing.keybook import Entry, KeyBook, write_private
from builds.signing.offline import COMPACT, metadata_read
from device_agent.protocol.dsse import require_public_key
from device_agent.protocol.errors import ProtocolError
from fleet.access import audit
from fleet.lib import clock
from fleet.lib.actor import system
from fleet.lib.errors import Conflict, Refused
from ota.trust.keys import active_keys, key_store
from ota.trust.signer import repair, repository
from ota.trust.tuf import soundness
from ota.trust.tuf.roles import (
    APPROVERS,
    ARTIFACTS,
    BUILT,
    DIRECTOR,
    KEY_ROLES,
    OFFLINE,
    PRODUCTION_ROOT_THRESHOLD,
    ROOT,
    SERVICE,
)
from ota.trust.tuf.signing_session import KeysMissing, SigningSession

CEREMONY = system("key ceremony")
UNTOLD = (
    "Devices follow the new key once the holders of the targets keys have signed it: "
    "run 'manage.py keys export targets FILE'. Until then the previous key goes on signing."
)
T = TypeVar("T")


@dataclass(frozen=True)
class CeremonyPlan:
    """The arguments of `keys init`: URIs and public halves by role, and thresholds."""

    uris: Mapping[str, Sequence[str]] = field(default_factory=dict)
    publics: Mapping[str, Sequence[Path]] = field(default_factory=dict)
    thresholds: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Done:
    """Roles that were signed, or what is left to do."""

    signed: tuple[str, ...] = ()
    missing: str = ""


def keys_init(plan: CeremonyPlan, *, anew: bool = False) -> Done:
    """Make the first keys and sign the first root. Raises Conflict if there was one, except `anew`:
    then the keys are lost, what they have signed is forgotten, and every device has to be enrolled
    again.
    """
    book = KeyBook(key_store.folder())
    if not anew:
        soundness.require_first_root(book)
    if book.exists():
        raise Conflict("There is a key book already: use add, rotate and revoke.")
    entries = [_readable(entry) for role in KEY_ROLES for entry in _planned(plan, role, anew=anew)]
    thresholds = {role: _threshold(plan, role) for role in KEY_ROLES}
    for role, number in thresholds.items():
        if role not in (*BUILT, APPROVERS) or any(e.role == role for e in entries):
            _require_enough(role, sum(e.role == role for e in entries), number)
    try:
        with book.locked(), transaction.atomic():
            book.begin(entries, thresholds)
            if anew:
                repair.rows_forget()
    except SigningError as error:  # another process is at it, or was faster
        raise Conflict(str(error)) from error
    return _apply("init", {role: len([e for e in entries if e.role == role]) for role in KEY_ROLES})


def key_add(role: str, *, uri: str = "", public: Path | None = None) -> Done:
    """Add a key to a role."""
    entry = _readable(_entry(role, uri, public))
    with key_store.held() as book:
        book.add(entry)
    return _apply("add", {"role": role, "keyid": entry.key.keyid})


def key_rotate(
    role: str, *, uri: str = "", public: Path | None = None, keyid: str = "", revoke: bool = False
) -> Done:
    """Put a new key in place of a role's keys, or of one of them.

    With `revoke`, nothing that they signed counts from then on.
    """
    with key_store.held() as book:
        old = [e for e in book.entries(role) if keyid in ("", e.key.keyid)]
        if not old:
            raise Refused(f"{role} has no such key: see 'manage.py keys status'.")
        entry = _readable(_entry(role, uri, public))
        _require_enough(role, len(book.entries(role)) - len(old) + 1, book.threshold(role))
        book.add(entry)
        for each in old:
            book.retire(role, each.key.keyid, revoked=revoke)
    detail = {"role": role, "keyid": entry.key.keyid, "revoke": revoke}
    return _apply("rotate", detail)


def threshold_set(role: str, number: int) -> Done:
    """Set how many key holders of a role have to sign from now on."""
    with key_store.held() as book:
        _require_enough(role, len(book.entries(role)), number)
        book.threshold_set(role, number)
    return _apply("threshold", {"role": role, "threshold": number})


def key_revoke(keyid: str) -> Done:
    """Take a key out of all its roles; nothing that it signed counts from then on.

    Raises Conflict where too few would be left.
    """
    with key_store.held() as book:
        roles = [entry.role for entry in book.entries() if entry.key.keyid == keyid]
        # A file that a replaced key signed still installs, until the key is revoked.
        replaced = book.entries(ARTIFACTS, retired=True)
        past = [e.role for e in replaced if e.key.keyid == keyid and not e.revoked]
        if not roles and not past:
            raise Refused(f"There is no active key {keyid}: see 'manage.py keys status'.")
        for role in roles:
            _require_enough(role, len(book.entries(role)) - 1, book.threshold(role))
        for role in (*roles, *past):
            book.retire(role, keyid, revoked=True)
    return _apply("revoke", {"roles": roles, "keyid": keyid})


def metadata_export(role: str, path: Path) -> None:
    """Write the next root or targets to a file, for their holders to sign elsewhere."""
    if role not in OFFLINE:
        raise Refused(f"Only {' and '.join(OFFLINE)} are signed offline.")

    def draft(session: SigningSession) -> Metadata[Any]:
        return (
            session.draft_root()
            if role == ROOT
            else session.draft_targets(repository.wanted_models())
        )

    write_private(path, _in_session(draft).to_bytes(COMPACT))


def metadata_import(path: Path) -> Done:
    """Publish what was signed elsewhere. Raises KeysMissing if signatures are still missing."""
    metadata = metadata_read(path)

    def take(session: SigningSession) -> None:
        if isinstance(metadata.signed, Root):
            session.root_publish(metadata)
        else:
            session.targets_publish(metadata)
        detail = {"version": metadata.signed.version, "signatures": sorted(metadata.signatures)}
        audit.record(
            by=CEREMONY, action="ota.keys_import", subject=metadata.signed.type, detail=detail
        )

    _in_session(take)
    return Done((metadata.signed.type, *repository.repository_maintain()))


def _apply(act: str, detail: Mapping[str, Any]) -> Done:
    with transaction.atomic():
        audit.record(by=CEREMONY, action=f"ota.keys_{act}", subject="keys", detail=detail)
    try:
        renewed = _in_session(_root_next)
    except KeysMissing as error:
        return Done(missing=error.message)
    signed = repository.repository_maintain()
    return Done((*renewed, *signed), missing="" if _in_session(_key_set_is_announced) else UNTOLD)


def _root_next(session: SigningSession) -> list[str]:
    """Publish a root that says what the book says, unless there is one."""
    if not session.book.roots():
        session.root()
    elif session.draft_root().signed.roles != session.root().signed.roles:
        session.root_publish(session.draft_root())
    return session.signed


def _key_set_is_announced(session: SigningSession) -> bool:
    """Tell whether the keys that devices follow are those of the book."""
    announced = active_keys.announced(session.book)
    return announced is None or announced.version == session.key_version()


def _in_session(work: Callable[[SigningSession], T]) -> T:
    with key_store.held() as book:
        with transaction.atomic():
            soundness.look(book)
            done = work(SigningSession(book, clock.now()))
        soundness.remember(book)
    return done


def _planned(plan: CeremonyPlan, role: str, *, anew: bool) -> list[Entry]:
    named = [
        *(key_store.uri_entry(role, uri) for uri in plan.uris.get(role, ())),
        *(public_entry(role, path) for path in plan.publics.get(role, ())),
    ]
    if named:
        return named
    if role == APPROVERS:
        return []  # where nobody is named, rows of the database count
    if settings.EDGEFLEET_PRODUCTION and role in OFFLINE:
        raise Refused(f"In production, {role} has keys of people: give three of them.")
    if settings.EDGEFLEET_PRODUCTION and role in BUILT:
        # The build worker's: from another machine, its public half comes by `keys add`.
        return [key_store.service_entry(role)] if key_store.is_here(role) else []
    if role not in SERVICE or (anew and not key_store.opens(role)):
        return [key_store.file_entry(role)]
    return [key_store.service_entry(role)]


def _threshold(plan: CeremonyPlan, role: str) -> int:
    usual = PRODUCTION_ROOT_THRESHOLD if settings.EDGEFLEET_PRODUCTION and role in OFFLINE else 1
    return plan.thresholds.get(role, usual)


def _entry(role: str, uri: str, public: Path | None) -> Entry:
    if public is not None and uri:
        return key_store.uri_entry(role, uri, public_entry(role, public).key)
    if public is not None:
        return public_entry(role, public)
    return key_store.uri_entry(role, uri) if uri else key_store.file_entry(role)


def _readable(entry: Entry) -> Entry:
    """Return the entry if devices can read its key: they read Ed25519 and P-256 only."""
    if entry.role in (DIRECTOR, ARTIFACTS):
        try:
            require_public_key(str(entry.key.keyval["public"]))
        except ProtocolError as error:
            raise Refused(f"Devices cannot read this key of {entry.role}: {error}") from error
    return entry


def public_entry(role: str, path: Path) -> Entry:
    """Return a key whose private half is elsewhere."""
    try:
        key = SSlibKey.from_crypto(load_pem_public_key(path.read_bytes()))
    except (OSError, ValueError) as error:
        raise Refused(f"{path} holds no public key: {error}.") from error
    return Entry(role, key)


def _require_enough(role: str, keys: int, threshold: int) -> None:
    if not 1 <= threshold <= keys:
        raise Conflict(f"{role} would have {keys} keys, and needs {threshold} signatures.")
