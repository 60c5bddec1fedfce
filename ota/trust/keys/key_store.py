"""Where the signer keeps its book, and the embedded default's first ceremony.

Guarantees: in production only the signer gets at the book, and nothing is made without a person's
ceremony; elsewhere one key file per role is made, with a warning that names it. A book from before
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from securesystemslib.signer import SSlibKey

from builds import keyring
from builds.choices import KeyRole
from builds.keyring import process as process_keys
from builds.signing import SigningError, file_signer, open_signer
from builds.signing.errors import SigningBusy
from builds.signing.keybook import Entry, KeyBook
from builds.signing.uri import file_path, public_of, scheme_of
from fleet.lib.errors import FleetError, Unavailable
from ota.trust.tuf import soundness
from ota.trust.tuf.roles import BUILT, REPOSITORY, SERVICE

log = logging.getLogger(__name__)


def book() -> KeyBook:
    """Return the key book; made by the embedded default, and nowhere else, if there is none."""
    process_keys.require(process_keys.REPOSITORY)
    found = KeyBook(folder())
    if not found.exists():
        if settings.EDGEFLEET_PRODUCTION:
            raise Unavailable(
                "There are no repository keys: run 'manage.py keys init'.", code="key_unusable"
            )
        _embedded(found)
    _take_up(found)
    return found


@contextmanager
def held() -> Iterator[KeyBook]:
    """The book, with nobody else at it, for an act that must not be half done.

    Raises Unavailable if another process is at it, or a key cannot be used.
    """
    try:
        found = book()
        with found.locked():
            yield found
    except SigningError as error:
        raise Unavailable(str(error), code="key_unusable") from error


def folder() -> Path:
    """Return the book's folder, beside the keys."""
    return Path(settings.EDGEFLEET_KEY_DIR) / soundness.FOLDER


def file_entry(role: str, *, number: int = 0) -> Entry:
    """Make a new key file for a role."""
    name = f"{role}-{number}.pem" if number else f"{role}.pem"
    place = Path(settings.EDGEFLEET_KEY_DIR) if role in SERVICE else folder()
    path = place / name
    if not file_signer.create(path):
        return file_entry(role, number=number + 1)
    log.warning("made the %s key in %s: back it up, devices trust it", role, path)
    return uri_entry(role, f"file:{path}")


def uri_entry(role: str, uri: str, public: SSlibKey | None = None) -> Entry:
    """Return a key that can be opened here. Raises Unavailable if it cannot."""
    try:
        return Entry(role, open_signer(uri, public or public_of(uri)).public_key, uri)
    except SigningError as error:
        raise Unavailable(str(error), code="key_unusable") from error


def service_entry(role: str) -> Entry:
    """Return the key of the service's own role that is in use. Raises Unavailable if it is not
    here.

    A process that builds keeps its keys itself: the book has their public halves.
    """
    signer, uri = keyring.signer(role), keyring.key_uri(KeyRole(role))
    away = settings.EDGEFLEET_PRODUCTION and role in BUILT
    return Entry(role, signer.public_key, "" if away else uri)


def opens(role: str) -> bool:
    """Tell whether the key of the service's own role that is in use is at hand."""
    try:
        service_entry(role)
    except FleetError:
        return False
    return True


def _embedded(found: KeyBook) -> None:
    soundness.require_first_root(found)
    with found.locked():
        if not found.exists():
            found.add(*(file_entry(role) for role in REPOSITORY))


def _take_up(found: KeyBook) -> None:
    if not _unknown(found):
        return
    try:
        with found.locked():
            # Asked again: the lock may have come from a process that has just taken them up.
            found.add(*(entry for role in _unknown(found) if (entry := _in_use(role))))
    except SigningBusy:
        log.info("another process takes up the service's own keys")


def _unknown(found: KeyBook) -> list[str]:
    known = {entry.role for entry in (*found.entries(), *found.entries(retired=True))}
    return [role for role in SERVICE if role not in known]


def _in_use(role: str) -> Entry | None:
    if settings.EDGEFLEET_PRODUCTION and not is_here(role):
        return None
    try:
        return service_entry(role)
    except FleetError as error:
        log.warning("the key book does not know the %s key: %s", role, error.message)
        return None


def is_here(role: str) -> bool:
    """In production a key that is in use is taken up, and none is made."""
    uri = keyring.key_uri(KeyRole(role))
    if not process_keys.may_open(role):
        return False
    return scheme_of(uri) != "file" or file_path(uri).exists()
