"""Where the signer keeps its book, and the embedded default's first ceremony.

Guarantees: a web process in production never gets at the book; in production nothing is made
without a person's ceremony; elsewhere one file key a role is made, with a warning that names it.
"""

import logging
from pathlib import Path

from django.conf import settings
from securesystemslib.signer import SSlibKey

from builds.signing import SigningError, file_signer, open_signer
from builds.signing.keybook import Entry, KeyBook
from builds.signing.uri import public_of
from fleet.lib.errors import Forbidden, Unavailable
from ota.trust.layout import KEY_ROLES

log = logging.getLogger(__name__)
WEB = "web"


def book() -> KeyBook:
    """The key book; made by the embedded default, and nowhere else, if there is none."""
    if settings.EDGEFLEET_PRODUCTION and settings.EDGEFLEET_PROCESS == WEB:
        raise Forbidden("The web process never opens a signing key: only workers sign.")
    found = KeyBook(folder())
    if not found.exists():
        if settings.EDGEFLEET_PRODUCTION:
            raise Unavailable(
                "There are no repository keys: run 'manage.py keys init'.", code="key_unusable"
            )
        _embedded(found)
    return found


def at_hand() -> bool:
    """Whether to sign here and now. In production the book may be on another machine, and then its
    signer is waited for; a web process has no business to ask, and is told so by `book`.
    """
    elsewhere = settings.EDGEFLEET_PRODUCTION and settings.EDGEFLEET_PROCESS != WEB
    return not elsewhere or KeyBook(folder()).exists()


def folder() -> Path:
    """The book's folder, beside the keys."""
    return Path(settings.EDGEFLEET_KEY_DIR) / "tuf"


def file_entry(role: str, *, number: int = 0) -> Entry:
    """A new key file for a role."""
    name = f"{role}-{number}.pem" if number else f"{role}.pem"
    path = folder() / name
    if not file_signer.create(path):
        return file_entry(role, number=number + 1)
    log.warning("made the %s key in %s: back it up, devices trust it", role, path)
    return uri_entry(role, f"file:{path}")


def uri_entry(role: str, uri: str, public: SSlibKey | None = None) -> Entry:
    """A key that can be opened here. Raises Unavailable if it cannot."""
    try:
        return Entry(role, open_signer(uri, public or public_of(uri)).public_key, uri)
    except SigningError as error:
        raise Unavailable(str(error), code="key_unusable") from error


def _embedded(found: KeyBook) -> None:
    with found.locked():
        if not found.exists():
            found.add(*(file_entry(role) for role in KEY_ROLES))
