"""The instruction: the signed document that tells one device what to run; and the artifact's own.

Two keys must agree before a device installs anything (Uptane's rule): the director's, over the
instruction for this very device, and the artifact key's, over what that artifact is. The poll link
``instruction`` serves both in one JSON object: ``{"instruction": …, "artifact": …}``.
"""

from dataclasses import asdict, dataclass

from device_agent.protocol import dsse, fields
from device_agent.protocol.canonical import canonical_json, parse_json
from device_agent.protocol.errors import ProtocolError

INSTRUCTION_TYPE = "application/vnd.edgefleet.instruction+json"
ARTIFACT_TYPE = "application/vnd.edgefleet.artifact+json"
SPEC = 1
DOCUMENT_LIMIT = 256 * 1024  # bytes of the whole answer
ARTIFACT_BYTES_LIMIT = 1024**3  # 1 GiB


@dataclass(frozen=True, slots=True)
class ArtifactName:
    """Which bytes: name, SHA-256 and length."""

    name: str
    sha256: str
    length: int


@dataclass(frozen=True, slots=True)
class Instruction:
    """What one device should run. Times are Unix seconds."""

    device: str
    assignment: str
    component: str
    release: str
    model: str
    version: str
    artifact: ArtifactName
    counter: int
    target: str
    abi: str
    issued_at: int
    expires_at: int
    nonce: str
    tuf_path: str = ""  # the target of the TUF repository that describes the artifact too


@dataclass(frozen=True, slots=True)
class ArtifactStatement:
    """What an artifact is, signed when it was built."""

    sha256: str
    length: int
    kind: str
    model: str
    version: str
    target: str


@dataclass(frozen=True, slots=True)
class SignedPair:
    """Both documents, verified."""

    instruction: Instruction
    artifact: ArtifactStatement


def dump_instruction(instruction: Instruction) -> bytes:
    """Return the payload to be signed."""
    payload = {"spec": SPEC, **asdict(instruction)}
    if not instruction.tuf_path:
        del payload["tuf_path"]
    return canonical_json(payload)


def parse_instruction(payload: bytes) -> Instruction:
    """Return an instruction out of a payload whose signature has been verified."""
    parsed = parse_json(payload, limit_bytes=dsse.PAYLOAD_LIMIT, what="The instruction")
    data = fields.members(parsed, "The instruction")
    fields.integer(data, "spec", low=SPEC, high=SPEC)
    named = fields.child(data, "artifact")
    length = fields.integer(named, "length", low=1, high=ARTIFACT_BYTES_LIMIT)
    texts = ("assignment", "component", "release", "model", "version", "target", "abi", "nonce")
    return Instruction(
        device=fields.name(data, "device"),
        artifact=ArtifactName(fields.name(named, "name"), fields.digest(named, "sha256"), length),
        counter=fields.integer(data, "counter"),
        issued_at=fields.integer(data, "issued_at"),
        expires_at=fields.integer(data, "expires_at"),
        tuf_path=fields.text(data, "tuf_path") if "tuf_path" in data else "",
        **{key: fields.text(data, key) for key in texts},
    )


def dump_statement(statement: ArtifactStatement) -> bytes:
    """Return the payload to be signed."""
    return canonical_json(asdict(statement))


def parse_statement(payload: bytes) -> ArtifactStatement:
    """Return an artifact statement out of a payload whose signature has been verified."""
    parsed = parse_json(payload, limit_bytes=dsse.PAYLOAD_LIMIT, what="The artifact statement")
    data = fields.members(parsed, "The artifact statement")
    return ArtifactStatement(
        sha256=fields.digest(data, "sha256"),
        length=fields.integer(data, "length", low=1, high=ARTIFACT_BYTES_LIMIT),
        **{key: fields.text(data, key) for key in ("kind", "model", "version", "target")},
    )


def seal_instruction(instruction: Instruction, signer: dsse.Signer) -> dict[str, object]:
    """Return the signed instruction, as a JSON value."""
    return dsse.seal(dump_instruction(instruction), INSTRUCTION_TYPE, signer)


def seal_statement(statement: ArtifactStatement, signer: dsse.Signer) -> dict[str, object]:
    """Return the signed artifact statement, as a JSON value."""
    return dsse.seal(dump_statement(statement), ARTIFACT_TYPE, signer)


def dump_pair(instruction: object, artifact: object) -> dict[str, object]:
    """Return what the poll link ``instruction`` serves: both envelopes."""
    return {"instruction": instruction, "artifact": artifact}


def open_pair(document: bytes, *, director: dsse.Keys, artifacts: dsse.Keys) -> SignedPair:
    """Verify both envelopes, each against its own keys, and that they speak of the same bytes."""
    parsed = parse_json(document, limit_bytes=DOCUMENT_LIMIT, what="The signed documents")
    data = fields.members(parsed, "The signed documents")
    pair = SignedPair(
        parse_instruction(dsse.unseal(data.get("instruction"), INSTRUCTION_TYPE, director)),
        parse_statement(dsse.unseal(data.get("artifact"), ARTIFACT_TYPE, artifacts)),
    )
    require_agreement(pair)
    return pair


def require_agreement(pair: SignedPair) -> None:
    """Refuse unless director and builder speak of the same artifact."""
    told, made = pair.instruction, pair.artifact
    claims = {
        "sha256": (told.artifact.sha256, made.sha256),
        "length": (told.artifact.length, made.length),
        "model": (told.model, made.model),
        "version": (told.version, made.version),
        "target": (told.target, made.target),
    }
    for claim, (director, builder) in claims.items():
        if director != builder:
            raise ProtocolError(
                f"Instruction and artifact disagree on {claim}: '{director}' and '{builder}'."
            )
