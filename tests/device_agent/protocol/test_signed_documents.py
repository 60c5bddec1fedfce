"""Instruction and artifact statement: signed by the right key, of the right kind, or refused."""

import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from securesystemslib.dsse import Envelope
from securesystemslib.signer import CryptoSigner

from device_agent.protocol import dsse, instruction
from device_agent.protocol.errors import ProtocolError, SignatureRefused

DIRECTOR, BUILDER, STRANGER = (CryptoSigner.generate_ed25519() for _ in range(3))

TOLD = instruction.Instruction(
    device="dev-1",
    assignment="asg_1",
    component="model",
    release="rel_1",
    model="digits",
    version="1.0",
    artifact=instruction.ArtifactName("digits.bundle", "ab" * 32, 4096),
    counter=3,
    target="linux-x86_64",
    abi="ef1",
    issued_at=1_790_000_000,
    expires_at=1_790_086_400,
    nonce="n",
)
MADE = instruction.ArtifactStatement("ab" * 32, 4096, "bundle", "digits", "1.0", "linux-x86_64")


def keys_of(*signers: CryptoSigner) -> dict[str, str]:
    return {s.public_key.keyid: str(s.public_key.keyval["public"]) for s in signers}


def document(
    told: instruction.Instruction = TOLD,
    made: instruction.ArtifactStatement = MADE,
    *,
    director: CryptoSigner = DIRECTOR,
    builder: CryptoSigner = BUILDER,
) -> bytes:
    pair = instruction.dump_pair(
        instruction.seal_instruction(told, director), instruction.seal_statement(made, builder)
    )
    return json.dumps(pair).encode()


def opened(data: bytes) -> instruction.SignedPair:
    return instruction.open_pair(data, director=keys_of(DIRECTOR), artifacts=keys_of(BUILDER))


def test_a_pair_that_both_keys_signed_is_opened() -> None:
    assert opened(document()) == instruction.SignedPair(TOLD, MADE)


def test_a_pair_that_names_a_target_of_the_repository_is_opened() -> None:
    told = replace(TOLD, tuf_path="digits/1.0/linux-x86_64/digits.bundle")
    assert opened(document(told)).instruction == told


def test_a_target_that_is_not_named_is_not_in_the_payload() -> None:
    assert b"tuf_path" not in instruction.dump_instruction(TOLD)


def test_securesystemslib_verifies_what_we_seal() -> None:
    sealed = instruction.seal_instruction(TOLD, DIRECTOR)
    accepted = Envelope.from_dict(sealed).verify([DIRECTOR.public_key], 1)
    assert list(accepted) == [DIRECTOR.public_key.keyid]


def test_we_open_what_securesystemslib_seals() -> None:
    envelope = Envelope(b"{}", "application/x", {})
    envelope.sign(DIRECTOR)
    assert dsse.unseal(envelope.to_dict(), "application/x", keys_of(DIRECTOR)) == b"{}"


@pytest.mark.parametrize("role", ["director", "builder"])
def test_a_strangers_signature_is_refused(role: str) -> None:
    forged = document(**{role: STRANGER})  # type: ignore[arg-type]
    with pytest.raises(SignatureRefused, match="No key that is trusted"):
        opened(forged)


def test_the_builders_key_cannot_direct() -> None:
    with pytest.raises(SignatureRefused):
        opened(document(director=BUILDER))


def test_a_document_of_one_kind_does_not_pass_for_another() -> None:
    swapped = json.dumps(
        instruction.dump_pair(
            instruction.seal_statement(MADE, DIRECTOR), instruction.seal_statement(MADE, BUILDER)
        )
    )
    with pytest.raises(SignatureRefused, match="does not hold"):
        opened(swapped.encode())


@pytest.mark.parametrize(
    ("claim", "made"),
    [
        ("sha256", replace(MADE, sha256="cd" * 32)),
        ("length", replace(MADE, length=1)),
        ("model", replace(MADE, model="other")),
        ("version", replace(MADE, version="0.9")),
        ("target", replace(MADE, target="linux-aarch64")),
    ],
)
def test_both_documents_must_agree(claim: str, made: instruction.ArtifactStatement) -> None:
    with pytest.raises(ProtocolError, match=f"disagree on {claim}"):
        opened(document(made=made))


@settings(max_examples=200)
@given(st.data())
def test_no_changed_byte_of_the_payload_passes(data: st.DataObject) -> None:
    pair = json.loads(document())
    raw = bytearray(pair["instruction"]["payload"].encode())
    position = data.draw(st.integers(0, len(raw) - 1))
    raw[position] = data.draw(
        st.sampled_from(b"ABCZabcz0189+/=").filter(lambda b: b != raw[position])
    )
    pair["instruction"]["payload"] = raw.decode()
    with pytest.raises(ProtocolError):
        opened(json.dumps(pair).encode())


@given(st.integers(0, 256).filter(lambda length: length != 64))
def test_a_signature_of_any_other_length_is_no_signature(length: int) -> None:
    assert not dsse.verify(keys_of(DIRECTOR).popitem()[1], bytes(length), b"message")


@given(st.binary(max_size=200))
def test_any_bytes_are_refused_by_our_own_error(data: bytes) -> None:
    with pytest.raises(ProtocolError):
        opened(data)


def test_a_document_that_names_a_member_twice_is_refused() -> None:
    with pytest.raises(ProtocolError, match="names one member twice"):
        opened(b'{"instruction": 1, "instruction": 2}')


def test_a_huge_document_is_refused_before_it_is_parsed() -> None:
    with pytest.raises(ProtocolError, match="at most"):
        opened(b" " * (instruction.DOCUMENT_LIMIT + 1))
