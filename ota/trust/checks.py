"""System checks of trust: a process with foreign keys does not start, and old metadata is reported.

Guarantees: in production, a key file that a process can read, a key's URI or a credential of a key
service in its environment is an error before it does anything, unless its kind holds that key. That
approvals are not signed is reported where the key book is.
"""

import logging
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.core.checks import Warning as Caution
from django.db import DatabaseError

from builds.choices import KeyRole
from builds.keyring import process as process_keys
from builds.keyring.process import CAPTURE, REPOSITORY, Process
from builds.signing import SigningError
from builds.signing.keybook import KeyBook
from builds.signing.uri import PIN
from fleet.lib import clock
from ota.trust.keys import key_store
from ota.trust.tuf import published_metadata, soundness
from ota.trust.tuf.roles import APPROVERS, AlarmLevel

log = logging.getLogger(__name__)
HOW_TO_APPROVE = "Run 'manage.py keys add approvers --public PEM' for each person who approves."
SUFFIXES = (".pem", "keybook.json")
# What would let a process sign through a key service; one without keys has no `kms:Sign` either.
CREDENTIALS = ("PYKCS11LIB", PIN, f"{PIN}_FILE")


@register()
def keys_are_where_they_belong(**_: Any) -> list[CheckMessage]:
    """Return every path from this production process to a private key that its kind does not
    hold.
    """
    if not settings.EDGEFLEET_PRODUCTION:
        return []
    held = process_keys.held_by(process_keys.here())
    hint = "Run it as another user, without the signer's volume and variables."
    found = (*_files(held), *_named(held), *_tokens(held))
    return [
        Error(f"The {process_keys.here()} process {text}", hint=hint, id="ota.E001")
        for text in found
    ]


def require_own_keys(sender: object = None, **_: Any) -> None:
    """Stop a worker or beat that starts with foreign keys: no server runs the checks by itself."""
    del sender
    if not settings.EDGEFLEET_PRODUCTION:
        return
    if process_keys.here() == Process.COMMAND:
        kinds = ", ".join(kind for kind in Process if kind != Process.COMMAND)
        raise SystemExit(f"Set EDGEFLEET_PROCESS to the kind of this process: {kinds}.")
    if wrong := keys_are_where_they_belong():
        raise SystemExit("\n".join(str(message) for message in wrong))
    for message in approvals_are_signed():
        log.warning("%s", message)


@register(Tags.database)
def metadata_is_fresh(*, databases: Sequence[str] | None = None, **_: Any) -> list[CheckMessage]:
    """Warn of roles of the update repository that were not signed in time."""
    if not databases:
        return []
    try:
        found = published_metadata.alarms(clock.now())
    except DatabaseError:  # before the first migration
        return []
    ids = {
        AlarmLevel.NOTICE: "ota.W001",
        AlarmLevel.WARNING: "ota.W002",
        AlarmLevel.CRITICAL: "ota.W003",
    }
    hint = "Are the signer and beat running? 'manage.py keys status' says who has to sign."
    return [Caution(f"The {alarm}.", hint=hint, id=ids[alarm.level]) for alarm in found]


@register(Tags.database)
def nothing_needs_attention(
    *, databases: Sequence[str] | None = None, **_: Any
) -> list[CheckMessage]:
    """Warn of a database older than what was published, and of keys that cannot be used."""
    if not databases:
        return []
    try:
        return [Caution(text, id="ota.W005") for text in soundness.sentences()]
    except DatabaseError:  # before the first migration
        return []


@register()
def approvals_are_signed(**_: Any) -> list[CheckMessage]:
    """In production, an approval that is only a row proves just write access to the database.

    Reported where the key book is: in the signer, and by commands run beside it.
    """
    if not settings.EDGEFLEET_PRODUCTION or not process_keys.may_open(REPOSITORY):
        return []
    try:
        book = KeyBook(key_store.folder())
        if not book.exists() or book.entries(APPROVERS):
            return []
    except (OSError, SigningError):  # opening it reports the reason
        return []
    text = "The key book names no approvers: approvals are unsigned database rows."
    return [Caution(text, hint=HOW_TO_APPROVE, id="ota.W004")]


def _files(held: frozenset[str]) -> Iterator[str]:
    folder = Path(settings.EDGEFLEET_KEY_DIR)
    try:
        found = sorted(p for p in folder.rglob("*") if p.name.endswith(SUFFIXES))
    except OSError:
        return
    for path in found:
        role = _role_of(path)
        if role not in held | process_keys.opened_by(process_keys.here()) and os.access(
            path, os.R_OK
        ):
            use = CAPTURE if role == CAPTURE else "signing"
            yield f"can read the {use} key {path}."


def _role_of(path: Path) -> str:
    """Return the role of a key file: `director-1.pem` is the director's, others are the
    repository's.
    """
    name = path.name.removesuffix(".pem").partition("-")[0]
    return name if name in (*KeyRole, CAPTURE) else REPOSITORY


def _named(held: frozenset[str]) -> Iterator[str]:
    for role in settings.EDGEFLEET_SIGNING_KEYS:
        if role not in held:
            yield f"has the location of the {role} key in EDGEFLEET_SIGNING_KEY_*."


def _tokens(held: frozenset[str]) -> Iterator[str]:
    for name in () if held else CREDENTIALS:
        if name in os.environ:
            yield f"has {name} in its environment."
