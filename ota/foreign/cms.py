"""Signatures in CMS (RFC 5652), as far as they are shown: the signers, and what they signed.

The certificates are read, not judged: only the device knows whom it trusts.
"""

import hashlib
from dataclasses import dataclass
from typing import Final

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import pkcs7
from cryptography.x509.oid import NameOID

from ota.foreign.facts import LIST_MAX

CMS_MAX: Final = 256 * 1024  # bytes of a signature that is looked at
# The attribute in which a signer writes the digest of what is signed, in DER.
MESSAGE_DIGEST: Final = bytes.fromhex("06092a864886f70d010904")
DIGESTS: Final = ("sha256", "sha384", "sha512", "sha1")
SEQUENCE: Final = 0x30


@dataclass(frozen=True, slots=True)
class Cms:
    """A signature's certificates, and whether it says that it is over some bytes."""

    signers: tuple[str, ...]
    covers: bool | None  # None where it does not tell


def read_cms(der: bytes, content: bytes) -> Cms | None:
    """Return what a signature over `content` tells; None for anything else."""
    if not der or der[0] != SEQUENCE or len(der) > CMS_MAX:
        return None
    try:
        found = pkcs7.load_der_pkcs7_certificates(der)
    except UnsupportedAlgorithm:  # a CMS of another kind: nobody has signed anything
        return None
    except ValueError:  # none inside is an error, too
        found = []
    names = tuple(_name(each) for each in found[:LIST_MAX])
    return Cms(names, _covers(der, content))


def _covers(der: bytes, content: bytes) -> bool | None:
    if MESSAGE_DIGEST not in der:
        return None
    digests = (hashlib.new(name, content, usedforsecurity=False).digest() for name in DIGESTS)
    return any(digest in der for digest in digests)


def _name(certificate: x509.Certificate) -> str:
    try:
        common = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
        return str(common[0].value) if common else certificate.subject.rfc4514_string()
    except ValueError:  # a name that breaks its own rules
        return "a name that cannot be read"
