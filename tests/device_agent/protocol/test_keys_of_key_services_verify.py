"""Key services and tokens have P-256 and no Ed25519: the device takes both, and nothing else."""

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st
from securesystemslib.signer import CryptoSigner, SSlibKey

from device_agent.protocol import dsse, keyset
from device_agent.protocol.errors import ProtocolError, SignatureRefused
from device_agent.protocol.keyset import KeySet

TYPE = "application/x-test"


def p256() -> tuple[CryptoSigner, dict[str, str]]:
    signer = CryptoSigner(ec.generate_private_key(ec.SECP256R1()))
    return signer, {signer.public_key.keyid: str(signer.public_key.keyval["public"])}


SIGNER, KEYS = p256()
ENVELOPE = dsse.seal(b"what to run", TYPE, SIGNER)


def test_what_a_p256_key_signed_verifies() -> None:
    assert dsse.unseal(ENVELOPE, TYPE, KEYS) == b"what to run"


def test_another_key_of_the_same_kind_does_not() -> None:
    (keyid,), (other,) = KEYS, p256()[1].values()
    with pytest.raises(SignatureRefused):
        dsse.unseal(ENVELOPE, TYPE, {keyid: other})


@given(st.binary(max_size=100))
def test_no_other_bytes_are_a_signature(noise: bytes) -> None:
    (public,) = KEYS.values()
    assert not dsse.verify(public, noise, b"what to run")


def pem(key: "ec.EllipticCurvePublicKey | rsa.RSAPublicKey") -> str:
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


@pytest.mark.parametrize(
    "public",
    [
        pem(ec.generate_private_key(ec.SECP384R1()).public_key()),
        pem(rsa.generate_private_key(public_exponent=65_537, key_size=2048).public_key()),
        dsse.PEM_HEAD,
        "00" * 31,
        "zz" * 32,
        "",
    ],
    ids=["P-384", "RSA", "a head alone", "too short", "no digits", "nothing"],
)
def test_other_keys_are_refused_when_they_are_read(public: str) -> None:
    said = keyset.dump_key_set(KeySet(1, {"k": public}, KEYS))
    with pytest.raises(ProtocolError):
        keyset.parse_key_set(said)


def test_a_set_is_what_it_was() -> None:
    ed25519 = CryptoSigner.generate_ed25519().public_key
    assert isinstance(ed25519, SSlibKey)
    keys = KeySet(7, KEYS, {ed25519.keyid: str(ed25519.keyval["public"])})
    assert keyset.parse_key_set(keyset.dump_key_set(keys)) == keys


@pytest.mark.parametrize(
    "change",
    [
        {"format": 2},
        {"version": 0},
        {"version": True},
        {"director": []},
        {"artifacts": None},
        {"director": [{"keyid": "k"}]},
        {"director": [{"keyid": "k", "public": "00" * 32}] * 17},
    ],
)
def test_a_set_of_another_shape_is_refused(change: dict[str, object]) -> None:
    said = {**keyset.dump_key_set(KeySet(1, KEYS, KEYS)), **change}
    with pytest.raises(ProtocolError):
        keyset.parse_key_set(said)
