"""Which keys sign now: a new key waits until the targets role has announced it to the devices.

What has been announced is read from the targets metadata that is kept beside the keys, never from
the database. Until new targets are signed, the previous key goes on signing: a rotation does not
halt the fleet.
"""

from tuf.api.metadata import Metadata, Targets

from builds import keyring
from builds.choices import KeyRole
from builds.signing import PublicKey, Signer
from builds.signing.keybook import Entry, KeyBook
from device_agent.protocol.dsse import Keys
from device_agent.protocol.keyset import KeySet
from fleet.lib.errors import Unavailable
from ota.trust.admission.rules import Trusted
from ota.trust.tuf import role_metadata
from ota.trust.tuf.roles import APPROVERS, ARTIFACTS, DIRECTOR, TARGETS


def announced(book: KeyBook) -> KeySet | None:
    """Return the keys that devices follow; None before the first are published."""
    raw = book.kept(TARGETS)
    return role_metadata.key_set_of(Metadata[Targets].from_bytes(raw)) if raw else None


def signing_key(book: KeyBook, role: str) -> Entry | None:
    """Return the key that signs for a role: its newest, of those that devices know where they
    must.
    """
    known = _announced_for(book, role)
    # Newest first; one that was replaced only while devices have not heard of its successor.
    found = (*reversed(book.entries(role)), *reversed(book.entries(role, retired=True)))
    usable = [e for e in found if not e.revoked and (known is None or e.key.keyid in known)]
    return next((e for e in usable if known is not None or not e.retired), None)


def director(book: KeyBook) -> Signer:
    """Return the signer of instructions. Raises Unavailable without a usable key that devices
    know.
    """
    entry = signing_key(book, DIRECTOR)
    if entry is None or not entry.online:
        raise Unavailable(
            "No director key that devices know can be used here: see 'manage.py keys status'.",
            code="key_unusable",
        )
    return entry.open()


def artifact_keys(book: KeyBook) -> list[PublicKey]:
    """Return the keys whose signature on a file counts: known to devices, and not revoked."""
    known = _announced_for(book, ARTIFACTS)
    held = (*book.entries(ARTIFACTS), *book.entries(ARTIFACTS, retired=True))
    counted = [e for e in held if not e.revoked and (known is None or e.key.keyid in known)]
    return [PublicKey(entry.key) for entry in counted]


def trusted(book: KeyBook) -> Trusted:
    """Return the keys whose signatures count at admission. A replaced approver's approvals still
    do.
    """
    past = [e for e in book.entries(APPROVERS, retired=True) if not e.revoked]
    active = book.entries(APPROVERS)
    return Trusted(
        artifacts=artifact_keys(book),
        approvers=[PublicKey(entry.key) for entry in (*active, *past)] if active else (),
        threshold=book.threshold(APPROVERS),
    )


def _announced_for(book: KeyBook, role: str) -> Keys | None:
    keys = announced(book)
    if keys is None:
        return None
    return {DIRECTOR: keys.director, ARTIFACTS: keys.artifacts}.get(role)


def public_keys_publish(book: KeyBook) -> None:
    """Copy the public halves of the keys that sign now to rows that every process can read.

    For those who hand keys out or choose a file to sign with. A row there is not trusted.
    """
    for role in KeyRole:
        entry = signing_key(book, role.value)
        if entry is not None:
            keyring.follow(role, PublicKey(entry.key))
