import copy
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from securesystemslib.signer import CryptoSigner

from builds.signing import BadSignature, KeyUnusable, PublicKey, open_envelope, seal
from builds.signing.envelope import ENVELOPE_PAYLOAD_MAX
from device_agent.protocol.dsse import unseal

KIND = "application/vnd.edgefleet.artifact+json"
SIGNER = CryptoSigner.generate_ed25519()
KEY = PublicKey.of(SIGNER)
STRANGER = CryptoSigner.generate_ed25519()


@given(st.binary(max_size=500))
def test_what_was_sealed_is_opened(payload: bytes) -> None:
    assert open_envelope(seal(payload, KIND, SIGNER), KIND, [KEY]) == payload


@given(st.binary(max_size=200))
def test_a_device_opens_it_too(payload: bytes) -> None:
    assert unseal(seal(payload, KIND, SIGNER), KIND, {KEY.keyid: KEY.public}) == payload


def test_the_same_payload_gives_the_same_envelope() -> None:
    assert seal(b"x", KIND, SIGNER) == seal(b"x", KIND, SIGNER)


def test_another_kind_of_document_is_refused() -> None:
    with pytest.raises(BadSignature, match="holds no application/other"):
        open_envelope(seal(b"x", KIND, SIGNER), "application/other", [KEY])


def test_a_kind_that_was_changed_afterwards_is_refused() -> None:
    forged = seal(b"x", KIND, SIGNER) | {"payloadType": "application/other"}
    with pytest.raises(BadSignature, match="No trusted key"):
        open_envelope(forged, "application/other", [KEY])


def test_a_stranger_is_refused() -> None:
    with pytest.raises(BadSignature, match="No trusted key"):
        open_envelope(seal(b"x", KIND, STRANGER), KIND, [KEY])


def test_a_stranger_under_our_key_id_is_refused() -> None:
    forged = seal(b"x", KIND, STRANGER)
    forged["signatures"][0]["keyid"] = KEY.keyid
    with pytest.raises(BadSignature, match="No trusted key"):
        open_envelope(forged, KIND, [KEY])


def test_two_signers_are_two_and_one_of_them_is_not_enough_for_two() -> None:
    second = PublicKey.of(STRANGER)
    both = seal(b"x", KIND, SIGNER, STRANGER)
    assert open_envelope(both, KIND, [KEY, second], threshold=2) == b"x"
    with pytest.raises(BadSignature):
        open_envelope(seal(b"x", KIND, SIGNER), KIND, [KEY, second], threshold=2)


def test_the_same_signature_twice_counts_once() -> None:
    doubled = seal(b"x", KIND, SIGNER)
    doubled["signatures"] *= 2
    with pytest.raises(BadSignature):
        open_envelope(doubled, KIND, [KEY, PublicKey.of(STRANGER)], threshold=2)


def test_opening_leaves_the_document_as_it_was() -> None:
    document = seal(b"x", KIND, SIGNER)
    before = copy.deepcopy(document)
    open_envelope(document, KIND, [KEY])
    assert document == before


def test_an_endless_payload_is_not_signed() -> None:
    with pytest.raises(ValueError, match="at most"):
        seal(bytes(ENVELOPE_PAYLOAD_MAX + 1), KIND, SIGNER)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)


@given(JSON | st.fixed_dictionaries({"payload": JSON, "payloadType": JSON, "signatures": JSON}))
def test_whatever_comes_in_is_opened_or_a_bad_signature(document: Any) -> None:
    with pytest.raises(BadSignature):
        open_envelope(document, KIND, [KEY])


@given(st.integers(0, 63), st.integers(1, 255))
def test_no_changed_byte_of_the_payload_passes(at: int, flip: int) -> None:
    payload = bytearray(json.dumps({"sha256": "0" * 52}).encode().ljust(64))
    signed = seal(bytes(payload), KIND, SIGNER)
    payload[at] ^= flip
    forged = seal(bytes(payload), KIND, STRANGER) | {"signatures": signed["signatures"]}
    with pytest.raises(BadSignature):
        open_envelope(forged, KIND, [KEY])


@pytest.mark.parametrize("public", ["", "00", "zz" * 32, "00" * 33])
def test_a_public_key_of_the_wrong_length_is_refused(public: str) -> None:
    with pytest.raises(KeyUnusable, match="32 bytes in hex"):
        PublicKey.from_ed25519(public, "id")


def test_a_raw_public_key_verifies() -> None:
    raw = PublicKey.from_ed25519(KEY.public, KEY.keyid)
    raw.verify(b"m", SIGNER.sign(b"m").signature)
    with pytest.raises(BadSignature):
        raw.verify(b"n", SIGNER.sign(b"m").signature)
