"""The keys that MCUboot knows images by, and which bytes each kind signs.

* Ed25519 signs the image's SHA-256.
* ECDSA P-256 signs what is under that digest: the signer hashes it itself, as key services and
  hardware modules do. Its signatures are DER and differ each time.
"""

from typing import TypeAlias

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from imgtool.keys import ECDSA256P1Public, Ed25519Public

from builds.image.errors import ImageError
from builds.image.layout import HEADER

ImageKey: TypeAlias = ECDSA256P1Public | Ed25519Public
PEM = b"-----BEGIN"


def image_key(public: bytes) -> ImageKey:
    """imgtool's form of a public key: 32 raw bytes of Ed25519, or a PEM of P-256.

    Raises ImageError for any other.
    """
    try:
        if not public.startswith(PEM):
            return Ed25519Public(Ed25519PublicKey.from_public_bytes(public))
        key = load_pem_public_key(public)
    except (ValueError, UnsupportedAlgorithm):
        key = None
    if isinstance(key, EllipticCurvePublicKey) and isinstance(key.curve, SECP256R1):
        return ECDSA256P1Public(key)
    raise ImageError("a firmware key is an Ed25519 key of 32 bytes or a P-256 key in PEM")


def signed_bytes(key: ImageKey, image: bytes, digest: bytes) -> bytes:
    """What a signer of this key is given, of an image with a header and protected records."""
    if isinstance(key, Ed25519Public):
        return digest
    _, _, header_bytes, protected_bytes, payload_bytes, *_ = HEADER.unpack_from(image)
    return image[: header_bytes + payload_bytes + protected_bytes]
