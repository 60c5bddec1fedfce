"""P-256, which AWS KMS and hardware modules have, signs images as Ed25519 does."""

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from securesystemslib.signer import CryptoSigner

from builds.image import BadImage, ImageError, pack_image, verify_image
from builds.signing import PublicKey
from tests.builds.image.images import BOARD, IDENTITY, PUBLIC, firmware
from tests.builds.image.test_imgtool_itself_verifies import imgtool

pytestmark = pytest.mark.toolchain


def signed(signer: CryptoSigner) -> bytes:
    return pack_image(
        firmware(),
        BOARD,
        IDENTITY,
        sign=lambda payload: bytes.fromhex(signer.sign(payload).signature),
        public_key=PublicKey.of(signer).raw,
    )


def test_imgtool_accepts_an_image_of_a_p256_key_and_no_changed_byte(tmp_path: Path) -> None:
    signer = CryptoSigner.generate_ecdsa()
    key, path = tmp_path / "firmware.pub", tmp_path / "image.bin"
    key.write_bytes(PublicKey.of(signer).raw)
    image = signed(signer)
    path.write_bytes(image)
    assert imgtool(path, key) == 0
    covered = BOARD.header_bytes + len(firmware().payload)
    for at in range(covered):
        changed = bytearray(image)
        changed[at] ^= 0x40
        with pytest.raises(BadImage):
            verify_image(bytes(changed), PublicKey.of(signer).raw)


def test_the_right_bytes_with_another_key_are_refused() -> None:
    image = signed(CryptoSigner.generate_ecdsa())
    other = PublicKey.of(CryptoSigner.generate_ecdsa()).raw
    for key in (other, PUBLIC):
        with pytest.raises(BadImage):
            verify_image(image, key)


def test_an_ed25519_signer_signs_by_the_same_way() -> None:
    signer, other = CryptoSigner.generate_ed25519(), CryptoSigner.generate_ed25519()
    image = signed(signer)
    verify_image(image, PublicKey.of(signer).raw)
    with pytest.raises(BadImage):
        verify_image(image, PublicKey.of(other).raw)


@pytest.mark.parametrize(
    "public",
    [
        ec.generate_private_key(ec.SECP384R1()).public_key(),
        rsa.generate_private_key(public_exponent=65_537, key_size=2048).public_key(),
    ],
)
def test_other_keys_are_refused_in_a_sentence(
    public: ec.EllipticCurvePublicKey | rsa.RSAPublicKey,
) -> None:
    pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    with pytest.raises(ImageError, match="P-256 key in PEM"):
        verify_image(b"", pem)
    with pytest.raises(ImageError, match="P-256 key in PEM"):
        verify_image(b"", b"short")
