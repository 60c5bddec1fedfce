"""Enrolment and sessions: the messages, and the bytes a device signs to prove it holds its key."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from device_agent.protocol import fields
from device_agent.protocol.errors import ProtocolError
from device_agent.protocol.keyset import dump_keys, parse_keys

PUBLIC_KEY_BYTES = 32
SIGNATURE_BYTES = 64
HARDWARE_ID_BYTES_MAX = 16
ATTRIBUTES_LIMIT = 100
TOKEN_LIMIT = 4096  # characters
ROOT_LIMIT = 512_000  # bytes of TUF root metadata
REPLY_LIMIT = 1024 * 1024  # bytes of the answer to an enrolment


@dataclass(frozen=True, slots=True)
class Voucher:
    """A gateway's word for a child behind it, signed with the gateway's own key.

    ``hardware_id`` is what the child's chip says of itself; empty where it says nothing.
    """

    gateway: str
    hardware_id: bytes
    signature: bytes


@dataclass(frozen=True, slots=True)
class EnrolRequest:
    """A device asks to join: with a one-time code, or through a gateway that vouches for it."""

    code: str
    controller_id: str
    target: str
    public_key: bytes
    proof: bytes
    attributes: Mapping[str, str] = field(default_factory=dict)
    voucher: Voucher | None = None


@dataclass(frozen=True, slots=True)
class EnrolReply:
    """Where the device polls, and the keys it begins with: key id → public key, per role."""

    controller_id: str
    state: str
    poll_url: str
    director: Mapping[str, str]
    artifacts: Mapping[str, str]
    tuf_root: bytes = b""  # the TUF root to verify everything from; none from an older service


@dataclass(frozen=True, slots=True)
class RotateRequest:
    """A device replaces its key; both keys sign ``rotate_message``."""

    controller_id: str
    challenge: str
    public_key: bytes
    old_proof: bytes
    new_proof: bytes


@dataclass(frozen=True, slots=True)
class SessionGrant:
    """A short token, good for ``expires_in`` seconds."""

    token: str
    expires_in: int


def enrol_message(code: str, controller_id: str, public_key: bytes) -> bytes:
    """Return the bytes whose signature proves that the device holds the key it enrols."""
    parts = (b"edgefleet-enrol-v1", code.encode(), controller_id.encode(), public_key)
    return b"\0".join(parts)


def voucher_message(gateway: str, child: str, hardware_id: bytes, public_key: bytes) -> bytes:
    """Return the bytes with whose signature a gateway vouches for a child's key and board."""
    parts = (b"edgefleet-voucher-v1", gateway.encode(), child.encode(), hardware_id.hex().encode())
    return b"\0".join((*parts, public_key))


def session_message(challenge: str) -> bytes:
    """Return the bytes whose signature opens a session."""
    return b"edgefleet-session-v1\0" + challenge.encode()


def rotate_message(challenge: str, controller_id: str, public_key: bytes) -> bytes:
    """Return the bytes that a device's old key and its new one sign, to replace one by the
    other.
    """
    parts = (b"edgefleet-rotate-v1", challenge.encode(), controller_id.encode(), public_key)
    return b"\0".join(parts)


def dump_enrol_request(request: EnrolRequest) -> dict[str, object]:
    """Return the body of ``POST /device/v1/enrol``."""
    body: dict[str, object] = {
        "code": request.code,
        "controller_id": request.controller_id,
        "target": request.target,
        "public_key": fields.base64_text(request.public_key),
        "attributes": dict(request.attributes),
        "proof": fields.base64_text(request.proof),
    }
    if request.voucher is not None:
        body["voucher"] = {
            "gateway": request.voucher.gateway,
            "hardware_id": fields.base64_text(request.voucher.hardware_id),
            "signature": fields.base64_text(request.voucher.signature),
        }
    return body


def parse_enrol_request(value: object) -> EnrolRequest:
    """Return the request, of right shape; whether the proof holds is the caller's to verify."""
    data = fields.members(value, "The enrolment")
    return EnrolRequest(
        code=fields.text(data, "code", limit=128, empty=True),
        controller_id=fields.name(data, "controller_id"),
        target=fields.name(data, "target"),
        public_key=_exactly(data, "public_key", PUBLIC_KEY_BYTES),
        proof=_exactly(data, "proof", SIGNATURE_BYTES),
        attributes=fields.text_map(
            data.get("attributes", {}), "'attributes'", limit=ATTRIBUTES_LIMIT
        ),
        voucher=_parse_voucher(data),
    )


def dump_enrol_reply(reply: EnrolReply) -> dict[str, object]:
    """Return the answer to an enrolment."""
    trust: dict[str, object] = {
        "director": dump_keys(reply.director),
        "artifacts": dump_keys(reply.artifacts),
    }
    if reply.tuf_root:
        trust["tuf_root"] = fields.base64_text(reply.tuf_root)
    return {
        "controller_id": reply.controller_id,
        "state": reply.state,
        "poll_url": reply.poll_url,
        "trust": trust,
    }


def parse_enrol_reply(value: object) -> EnrolReply:
    """Return what the service answered; at least one key of each role, or nothing could be
    installed.
    """
    data = fields.members(value, "The enrolment answer")
    trust = fields.child(data, "trust")
    return EnrolReply(
        controller_id=fields.name(data, "controller_id"),
        state=fields.text(data, "state"),
        poll_url=fields.text(data, "poll_url", limit=2048),
        director=parse_keys(trust, "director"),
        artifacts=parse_keys(trust, "artifacts"),
        tuf_root=_parse_root(trust),
    )


def dump_rotate_request(request: RotateRequest) -> dict[str, object]:
    """Return the body of ``POST /device/v1/key``."""
    return {
        "controller_id": request.controller_id,
        "challenge": request.challenge,
        "public_key": fields.base64_text(request.public_key),
        "old_proof": fields.base64_text(request.old_proof),
        "new_proof": fields.base64_text(request.new_proof),
    }


def parse_rotate_request(value: object) -> RotateRequest:
    """Return the request, of right shape; whether the proofs hold is the caller's to verify."""
    data = fields.members(value, "The request")
    return RotateRequest(
        controller_id=fields.name(data, "controller_id"),
        challenge=fields.text(data, "challenge", limit=TOKEN_LIMIT),
        public_key=_exactly(data, "public_key", PUBLIC_KEY_BYTES),
        old_proof=_exactly(data, "old_proof", SIGNATURE_BYTES),
        new_proof=_exactly(data, "new_proof", SIGNATURE_BYTES),
    )


def dump_challenge_request(controller_id: str, instance: str, boot_id: int) -> dict[str, object]:
    """Return the body of ``POST /device/v1/challenge``: ``instance`` is a name that this run of the
    agent drew for itself, ``boot_id`` its count of starts.
    """
    return {"controller_id": controller_id, "instance": instance, "boot_id": boot_id}


def parse_challenge_request(value: object) -> tuple[str, str, int | None]:
    """Return the caller: its controller id, and where an agent tells them, its run's name and
    count.
    """
    data = fields.members(value, "The request")
    instance, boot = "", None
    if data.get("instance") is not None:
        instance = fields.name(data, "instance")
    if data.get("boot_id") is not None:
        boot = fields.integer(data, "boot_id", high=fields.U32_MAX)
    return fields.name(data, "controller_id"), instance, boot


def parse_challenge(value: object) -> str:
    """Return the challenge to sign."""
    return fields.text(fields.members(value, "The challenge"), "challenge", limit=TOKEN_LIMIT)


def dump_session_request(controller_id: str, challenge: str, signature: bytes) -> dict[str, object]:
    """Return the body of ``POST /device/v1/session``."""
    return {
        "controller_id": controller_id,
        "challenge": challenge,
        "signature": fields.base64_text(signature),
    }


def parse_session(value: object) -> SessionGrant:
    """Return the token and its life."""
    data = fields.members(value, "The session")
    token = fields.text(data, "token", limit=TOKEN_LIMIT)
    if not token.isascii() or not token.isprintable():
        raise ProtocolError("'token' must be printable ASCII.")
    return SessionGrant(token, fields.integer(data, "expires_in", low=1, high=86_400))


def _parse_voucher(data: fields.Json) -> Voucher | None:
    if data.get("voucher") is None:
        return None
    told = fields.child(data, "voucher")
    return Voucher(
        gateway=fields.name(told, "gateway"),
        hardware_id=fields.base64_bytes(told, "hardware_id", limit=HARDWARE_ID_BYTES_MAX),
        signature=_exactly(told, "signature", SIGNATURE_BYTES),
    )


def _parse_root(trust: fields.Json) -> bytes:
    if trust.get("tuf_root") is None:
        return b""
    return fields.base64_bytes(trust, "tuf_root", limit=ROOT_LIMIT)


def _exactly(data: fields.Json, key: str, length: int) -> bytes:
    raw = fields.base64_bytes(data, key, limit=length)
    if len(raw) != length:
        raise ProtocolError(f"'{key}' has {len(raw)} bytes, it must have {length}.")
    return raw
