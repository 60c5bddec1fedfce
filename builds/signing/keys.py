"""The two faces of a key: a public half that verifies and a signer that signs.

Guarantees: a `PublicKey` is checked when it is made, holds no secret and is the only form that
leaves this package by value.
"""

from dataclasses import dataclass
from typing import Protocol, Self

from securesystemslib.exceptions import UnverifiedSignatureError, VerificationError
from securesystemslib.signer import Signature, SSlibKey

from builds.signing.errors import BadSignature, KeyUnusable

ED25519_PUBLIC_BYTES = 32


class Signer(Protocol):
    """What a securesystemslib signer offers and all that this project uses of it."""

    @property
    def public_key(self) -> SSlibKey:
        """The half that verifies."""
        ...

    def sign(self, payload: bytes) -> Signature:
        """The signature of these bytes."""
        ...


@dataclass(frozen=True)
class PublicKey:
    """A named public key in securesystemslib's own form."""

    key: SSlibKey

    @classmethod
    def of(cls, signer: Signer) -> Self:
        """The public half of a signer."""
        return cls(signer.public_key)

    @classmethod
    def from_ed25519(cls, public_hex: str, keyid: str) -> Self:
        """A raw Ed25519 key, as devices and trust documents carry it."""
        if not _is_hex_of(public_hex, ED25519_PUBLIC_BYTES):
            raise KeyUnusable(f"An Ed25519 public key is {ED25519_PUBLIC_BYTES} bytes in hex.")
        return cls(SSlibKey(keyid, "ed25519", "ed25519", {"public": public_hex}))

    @property
    def keyid(self) -> str:
        """The name under which signatures are looked up."""
        return str(self.key.keyid)

    @property
    def public(self) -> str:
        """The key itself: raw hex for Ed25519, PEM for others."""
        return str(self.key.keyval["public"])

    @property
    def raw(self) -> bytes:
        """The key as bootloaders' tools take it: 32 bytes of Ed25519, PEM for others."""
        ed25519 = self.key.scheme == "ed25519"
        return bytes.fromhex(self.public) if ed25519 else self.public.encode()

    def verify(self, payload: bytes, signature_hex: str) -> None:
        """Returns for a good signature and raises `BadSignature` for every other."""
        try:
            self.key.verify_signature(Signature(self.keyid, signature_hex), payload)
        except (UnverifiedSignatureError, VerificationError) as error:
            raise BadSignature(f"The signature does not verify with key {self.keyid}.") from error


def _is_hex_of(text: str, length: int) -> bool:
    try:
        return len(bytes.fromhex(text)) == length
    except ValueError:
        return False
