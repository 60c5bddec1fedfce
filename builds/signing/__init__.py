"""Signatures over artifacts and instructions, with keys named by URI.

Guarantees: a `PublicKey` can only verify and only a `Signer` can sign; every signature is over a
DSSE envelope, so that a document signed for one purpose is never accepted for another.
"""

from builds.signing.envelope import open_envelope, seal, unverified_payload
from builds.signing.errors import BadSignature, KeyUnusable, SigningError
from builds.signing.keys import PublicKey, Signer
from builds.signing.uri import open_signer

__all__ = [
    "BadSignature",
    "KeyUnusable",
    "PublicKey",
    "Signer",
    "SigningError",
    "open_envelope",
    "open_signer",
    "seal",
    "unverified_payload",
]
