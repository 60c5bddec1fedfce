"""Which keys sign now. A new key waits until the holders of targets have told the devices of it.

What devices were told is read from the targets that are kept beside the keys, never from the
database. Until new targets are signed, the key before goes on: a fleet is not halted by a rotation.
"""

from tuf.api.metadata import Metadata, Targets

from builds.signing import PublicKey, Signer
from builds.signing.keybook import Entry, KeyBook
from device_agent.protocol.dsse import Keys
from device_agent.protocol.keyset import KeySet
from fleet.lib.errors import Unavailable
from ota.trust.admission.rules import Trusted
from ota.trust.tuf import metadata as documents
from ota.trust.tuf.roles import APPROVERS, ARTIFACTS, DIRECTOR, TARGETS


def told(book: KeyBook) -> KeySet | None:
    """The keys that devices follow; None before the first are published."""
    raw = book.kept(TARGETS)
    return documents.key_set_of(Metadata[Targets].from_bytes(raw)) if raw else None


def signing(book: KeyBook, role: str) -> Entry | None:
    """The newest key of a role that devices know, where it matters to them."""
    known = _known(book, role)
    # Newest first; one that was replaced only while devices have not heard of its successor.
    found = (*reversed(book.entries(role)), *reversed(book.entries(role, retired=True)))
    usable = [e for e in found if not e.revoked and (known is None or e.key.keyid in known)]
    return next((e for e in usable if known is not None or not e.retired), None)


def director(book: KeyBook) -> Signer:
    """Who signs instructions. Raises Unavailable where no key at hand is one that devices know."""
    entry = signing(book, DIRECTOR)
    if entry is None or not entry.online:
        raise Unavailable(
            "No director key is at hand that devices know: see 'manage.py keys status'.",
            code="key_unusable",
        )
    return entry.open()


def artifact_keys(book: KeyBook) -> list[PublicKey]:
    """Whose signature on a file counts: for devices, and not revoked."""
    known = _known(book, ARTIFACTS)
    held = (*book.entries(ARTIFACTS), *book.entries(ARTIFACTS, retired=True))
    counted = [e for e in held if not e.revoked and (known is None or e.key.keyid in known)]
    return [PublicKey(entry.key) for entry in counted]


def trusted(book: KeyBook) -> Trusted:
    """What policy holds signatures against. An approver who was replaced has still approved."""
    past = [e for e in book.entries(APPROVERS, retired=True) if not e.revoked]
    active = book.entries(APPROVERS)
    return Trusted(
        artifacts=artifact_keys(book),
        approvers=[PublicKey(entry.key) for entry in (*active, *past)] if active else (),
        threshold=book.threshold(APPROVERS),
    )


def _known(book: KeyBook, role: str) -> Keys | None:
    keys = told(book)
    if keys is None:
        return None
    return {DIRECTOR: keys.director, ARTIFACTS: keys.artifacts}.get(role)
