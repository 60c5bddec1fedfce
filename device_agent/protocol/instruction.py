"""The instruction: the signed document that tells one device what to run; and the artifact's own.

Two keys must agree before a device installs anything (Uptane's rule): the director's, over the
instruction for this very device, and the artifact key's, over what that artifact is. The poll link
``instruction`` serves both in one JSON object: ``{"instruction": …, "artifact": …}``.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass

from device_agent.protocol import dsse, fields
from device_agent.protocol.canonical import canonical_json, parse_json
from device_agent.protocol.errors import ProtocolError

INSTRUCTION_TYPE = "application/vnd.edgefleet.instruction+json"
ARTIFACT_TYPE = "application/vnd.edgefleet.artifact+json"
SPEC = 1
DOCUMENT_LIMIT = 256 * 1024  # bytes of the whole answer
ARTIFACT_BYTES_LIMIT = 1024**3  # 1 GiB
NEEDS_MAX = 10
NEED = re.compile(r"([A-Za-z][A-Za-z0-9._-]{0,62})\s*>=\s*([A-Za-z0-9][A-Za-z0-9._+-]{0,63})")
_PIECE = re.compile(r"[0-9]+|[A-Za-z]+")


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
    needs: tuple[str, ...] = ()  # of the device's other components: `firmware>=1.4`


@dataclass(frozen=True, slots=True)
class Need:
    """What another component of the device has to be, at least."""

    component: str
    at_least: str

    def __str__(self) -> str:
        return f"{self.component}>={self.at_least}"


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
    payload = {"spec": SPEC, **asdict(instruction), "needs": list(instruction.needs)}
    for name in ("tuf_path", "needs"):
        if not payload[name]:
            del payload[name]
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
        needs=fields.texts(data, "needs", limit=NEEDS_MAX) if "needs" in data else (),
        **{key: fields.text(data, key) for key in texts},
    )


def parse_need(text: str) -> Need:
    """Return a need out of `firmware>=1.4`. Raises ProtocolError."""
    found = NEED.fullmatch(text.strip())
    if found is None:
        raise ProtocolError(f"{text[:80]!r} is not a need such as firmware>=1.4.")
    return Need(found[1], found[2])


def unmet(needs: Iterable[str], has: Mapping[str, str]) -> str:
    """Return why a device that has these components must not follow, as a part of a sentence;
    nothing where it may. A component is told by its name, or as `firmware_version`.
    """
    for need in map(parse_need, needs):
        own = has.get(need.component) or has.get(f"{need.component}_version", "")
        wanted = f"it needs {need.component} {need.at_least} or newer"
        if not own:
            return f"{wanted}, and the device says nothing of its {need.component}"
        if version_key(own) < version_key(need.at_least):
            return f"{wanted}, and the device has {own}"
    return ""


def version_key(text: str) -> tuple[tuple[int, int, str], ...]:
    """Return what orders versions: number by number, a word (`1.4-rc1`) before none, and nothing of
    what follows a `+`.
    """
    pieces: list[tuple[int, int, str]] = []
    for each in _PIECE.findall(text.partition("+")[0].removeprefix("v")):
        if not each.isdigit():
            _drop_zeros(pieces)
        pieces.append((1, int(each), "") if each.isdigit() else (-1, 0, each))
    _drop_zeros(pieces)
    return (*pieces, (0, 0, ""))  # the end: after a word, before a number


def _drop_zeros(pieces: list[tuple[int, int, str]]) -> None:
    """1.4.0 is 1.4."""
    while pieces and pieces[-1] == (1, 0, ""):
        pieces.pop()


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


def dump_pair(
    instruction: object, artifact: object, switch: object | None = None
) -> dict[str, object]:
    """Return what the poll link ``instruction`` serves: both envelopes, and beside them what a chip
    can verify by itself (``protocol.chip.switch``).
    """
    pair = {"instruction": instruction, "artifact": artifact}
    return pair if switch is None else pair | {"switch": switch}


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
