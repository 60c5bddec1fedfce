"""Enrolment and session messages survive the wire; keys and proofs have exact lengths."""

import json

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from device_agent.protocol import enrol
from device_agent.protocol.errors import ProtocolError

NAMES = st.from_regex(r"[A-Za-z0-9._-]{1,64}", fullmatch=True)
KEYS = st.dictionaries(
    st.text(min_size=1, max_size=64),
    st.binary(min_size=32, max_size=32).map(bytes.hex),
    min_size=1,
    max_size=3,
)
REQUESTS = st.builds(
    enrol.EnrolRequest,
    code=st.text(min_size=1, max_size=64),
    controller_id=NAMES,
    target=NAMES,
    public_key=st.binary(min_size=32, max_size=32),
    proof=st.binary(min_size=64, max_size=64),
    attributes=st.dictionaries(st.text(max_size=10), st.text(max_size=10), max_size=4),
)
REPLIES = st.builds(
    enrol.EnrolReply,
    controller_id=NAMES,
    state=st.sampled_from(["pending", "accepted"]),
    poll_url=st.just("http://127.0.0.1/default/controller/v1/x"),
    director=KEYS,
    artifacts=KEYS,
    tuf_root=st.binary(max_size=300),
)


@given(REQUESTS)
def test_a_request_survives_the_wire(request: enrol.EnrolRequest) -> None:
    sent = json.loads(json.dumps(enrol.dump_enrol_request(request)))
    assert enrol.parse_enrol_request(sent) == request


@given(REPLIES)
def test_a_reply_survives_the_wire(reply: enrol.EnrolReply) -> None:
    assert enrol.parse_enrol_reply(json.loads(json.dumps(enrol.dump_enrol_reply(reply)))) == reply


@given(st.binary(max_size=80).filter(lambda raw: len(raw) != 32))
def test_a_key_of_another_length_is_refused(raw: bytes) -> None:
    request = enrol.EnrolRequest("code", "dev", "linux-x86_64", raw, bytes(64))
    with pytest.raises(ProtocolError, match="public_key"):
        enrol.parse_enrol_request(enrol.dump_enrol_request(request))


@given(st.integers(0, 256).filter(lambda length: length != 64))
def test_a_proof_of_another_length_is_refused(length: int) -> None:
    request = enrol.EnrolRequest("code", "dev", "linux-x86_64", bytes(32), bytes(length))
    with pytest.raises(ProtocolError, match="proof"):
        enrol.parse_enrol_request(enrol.dump_enrol_request(request))


def test_the_proof_binds_code_name_and_key() -> None:
    key = Ed25519PrivateKey.generate()
    raw = key.public_key().public_bytes_raw()
    assert enrol.enrol_message("code", "dev-1", raw) == b"edgefleet-enrol-v1\0code\0dev-1\0" + raw


def test_the_session_message_is_not_an_enrolment_message() -> None:
    assert enrol.session_message("abc") == b"edgefleet-session-v1\0abc"


def test_a_reply_without_keys_is_refused() -> None:
    reply = enrol.EnrolReply("dev", "accepted", "http://x", {}, {"k": "00" * 32})
    with pytest.raises(ProtocolError, match="'director' names no key"):
        enrol.parse_enrol_reply(enrol.dump_enrol_reply(reply))


def test_a_session_token_must_fit_a_header() -> None:
    with pytest.raises(ProtocolError, match="printable ASCII"):
        enrol.parse_session({"token": "a\r\nX: y", "expires_in": 60})


def test_challenge_and_session_are_read() -> None:
    assert enrol.parse_challenge({"challenge": "c", "expires_in": 5}) == "c"
    assert enrol.parse_session({"token": "t", "expires_in": 60}) == enrol.SessionGrant("t", 60)
    assert enrol.dump_session_request("dev", "c", b"\0") == {
        "controller_id": "dev",
        "challenge": "c",
        "signature": "AA==",
    }


def test_a_challenge_is_asked_for_with_run_and_count_of_starts() -> None:
    asked = enrol.dump_challenge_request("dev-1", "9f2c41d0", 7)
    assert enrol.parse_challenge_request(asked) == ("dev-1", "9f2c41d0", 7)
    assert enrol.parse_challenge_request({"controller_id": "dev-1"}) == ("dev-1", "", None)


@pytest.mark.parametrize(
    "wrong",
    [
        {"instance": "a b"},
        {"instance": "x" * 65},
        {"boot_id": -1},
        {"boot_id": 2**32},
        {"boot_id": True},
    ],
)
def test_a_run_that_cannot_be_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ProtocolError):
        enrol.parse_challenge_request({"controller_id": "dev-1"} | wrong)


def test_a_new_key_is_asked_for_with_both_proofs() -> None:
    request = enrol.RotateRequest("dev-1", "c", b"k" * 32, b"o" * 64, b"n" * 64)
    assert enrol.parse_rotate_request(enrol.dump_rotate_request(request)) == request
    for member in ("public_key", "old_proof", "new_proof"):
        short = enrol.dump_rotate_request(request) | {member: "AAAA"}
        with pytest.raises(ProtocolError):
            enrol.parse_rotate_request(short)


def test_the_message_of_a_new_key_names_who_and_what_for() -> None:
    messages = {
        enrol.rotate_message(*words)
        for words in (
            ("c", "dev-1", b"k"),
            ("d", "dev-1", b"k"),
            ("c", "dev-2", b"k"),
            ("c", "dev-1", b"l"),
        )
    }
    assert len(messages) == 4
    assert enrol.session_message("c") not in messages
