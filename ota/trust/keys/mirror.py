"""The public halves of the keys that sign now, where every process can read them.

A copy for those who hand keys out or pick a file to sign with: standing here earns no trust.
"""

from builds import keyring
from builds.choices import KeyRole
from builds.signing import PublicKey
from builds.signing.keybook import KeyBook
from ota.trust.keys import active as standing


def keys_publish(book: KeyBook) -> None:
    """Bring the rows up to what the book says and devices were told."""
    for role in KeyRole:
        entry = standing.signing(book, role.value)
        if entry is not None:
            keyring.follow(role, PublicKey(entry.key))
