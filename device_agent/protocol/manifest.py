"""The manifest of a bundle: what the model is, and the digest of everything that comes with it."""

from collections.abc import Mapping
from dataclasses import dataclass

from device_agent.protocol import fields
from device_agent.protocol.canonical import canonical_json, parse_json
from device_agent.protocol.errors import ProtocolError

FORMAT = 1
ABI = "ef1"
MANIFEST_LIMIT = 256 * 1024  # bytes
MEMBER_LIMIT = 512 * 1024**2  # bytes
TENSORS_LIMIT = 32
TENSOR_BYTES_LIMIT = 64 * 1024**2
RANK_LIMIT = 8
VECTORS_LIMIT = 4096
CLASSES_LIMIT = 1024

LIBRARY = "libmodel.so"
GOLDEN = "golden.bin"
SCHEMA = "telemetry_schema.json"
MEMBERS = (LIBRARY, GOLDEN, SCHEMA)

DTYPE_BYTES = {"int8": 1, "uint8": 1, "int16": 2, "int32": 4, "float32": 4}


@dataclass(frozen=True, slots=True)
class Member:
    """A file of the bundle."""

    sha256: str
    length: int


@dataclass(frozen=True, slots=True)
class Tensor:
    """An input or output: real value = (stored - zero_point) * scale."""

    name: str
    dtype: str
    shape: tuple[int, ...]
    scale: float
    zero_point: int
    bytes: int


@dataclass(frozen=True, slots=True)
class Manifest:
    """Everything a device must know of a model before it runs it."""

    model: str
    version: str
    version_number: int
    target: str
    members: Mapping[str, Member]
    inputs: tuple[Tensor, ...]
    outputs: tuple[Tensor, ...]
    golden_vectors: int
    class_names: tuple[str, ...]
    arena_bytes: int
    abi: str = ABI

    @property
    def vector_bytes(self) -> int:
        """The length of one golden vector: all inputs, then all outputs."""
        return sum(tensor.bytes for tensor in (*self.inputs, *self.outputs))


def dump_manifest(manifest: Manifest) -> bytes:
    """Return the manifest's bytes."""
    members = {
        name: {"sha256": member.sha256, "length": member.length}
        for name, member in manifest.members.items()
    }
    document = {
        "format": FORMAT,
        "model": manifest.model,
        "version": manifest.version,
        "version_number": manifest.version_number,
        "target": manifest.target,
        "abi": manifest.abi,
        "members": members,
        "inputs": [_dump_tensor(tensor) for tensor in manifest.inputs],
        "outputs": [_dump_tensor(tensor) for tensor in manifest.outputs],
        "golden": {"vectors": manifest.golden_vectors},
        "class_names": list(manifest.class_names),
        "arena_bytes": manifest.arena_bytes,
    }
    return canonical_json(document)


def parse_manifest(data: bytes) -> Manifest:
    """Return a manifest whose numbers agree with each other, or a sentence that says why not."""
    parsed = parse_json(data, limit_bytes=MANIFEST_LIMIT, what="The manifest")
    document = fields.members(parsed, "The manifest")
    fields.integer(document, "format", low=FORMAT, high=FORMAT)
    manifest = Manifest(
        model=fields.text(document, "model"),
        version=fields.text(document, "version"),
        version_number=fields.integer(document, "version_number"),
        target=fields.text(document, "target"),
        abi=fields.text(document, "abi"),
        members=_parse_members(fields.child(document, "members")),
        inputs=_parse_tensors(document, "inputs"),
        outputs=_parse_tensors(document, "outputs"),
        golden_vectors=fields.integer(
            fields.child(document, "golden"), "vectors", low=1, high=VECTORS_LIMIT
        ),
        class_names=_parse_classes(document),
        arena_bytes=fields.integer(document, "arena_bytes"),
    )
    _require_consistent(manifest)
    return manifest


def _require_consistent(manifest: Manifest) -> None:
    if manifest.abi != ABI:
        raise ProtocolError(f"The bundle has ABI '{manifest.abi}', this agent runs '{ABI}'.")
    golden = manifest.members[GOLDEN].length
    wanted = manifest.golden_vectors * manifest.vector_bytes
    if golden != wanted:
        raise ProtocolError(f"{GOLDEN} has {golden} bytes, its vectors need {wanted}.")


def _parse_members(data: fields.Json) -> dict[str, Member]:
    if set(data) != set(MEMBERS):
        raise ProtocolError(f"A bundle holds exactly {', '.join(MEMBERS)} beside its manifest.")
    return {name: _parse_member(fields.child(data, name)) for name in MEMBERS}


def _parse_member(data: fields.Json) -> Member:
    length = fields.integer(data, "length", high=MEMBER_LIMIT)
    return Member(fields.digest(data, "sha256"), length)


def _parse_tensors(document: fields.Json, key: str) -> tuple[Tensor, ...]:
    listed = fields.items(document, key, limit=TENSORS_LIMIT)
    if not listed:
        raise ProtocolError(f"'{key}' is empty.")
    return tuple(_parse_tensor(fields.members(item, "A tensor")) for item in listed)


def _parse_tensor(data: fields.Json) -> Tensor:
    dims = {str(i): dim for i, dim in enumerate(fields.items(data, "shape", limit=RANK_LIMIT))}
    tensor = Tensor(
        name=fields.text(data, "name", empty=True),
        dtype=fields.text(data, "dtype"),
        shape=tuple(fields.integer(dims, i, low=1, high=TENSOR_BYTES_LIMIT) for i in dims),
        scale=fields.number(data, "scale"),
        zero_point=fields.integer(data, "zero_point", low=-(2**31), high=2**31 - 1),
        bytes=fields.integer(data, "bytes", low=1, high=TENSOR_BYTES_LIMIT),
    )
    _require_size(tensor)
    return tensor


def _require_size(tensor: Tensor) -> None:
    if tensor.dtype not in DTYPE_BYTES:
        known = ", ".join(DTYPE_BYTES)
        raise ProtocolError(f"Unknown dtype '{tensor.dtype}'; known are {known}.")
    elements = 1
    for dim in tensor.shape:
        elements *= dim
    if elements * DTYPE_BYTES[tensor.dtype] != tensor.bytes:
        raise ProtocolError(f"Tensor '{tensor.name}' has {tensor.bytes} bytes, not its shape's.")
    if tensor.scale < 0:
        raise ProtocolError(f"Tensor '{tensor.name}' has a negative scale.")


def _parse_classes(document: fields.Json) -> tuple[str, ...]:
    listed = fields.items(document, "class_names", limit=CLASSES_LIMIT)
    named = {str(i): name for i, name in enumerate(listed)}
    return tuple(fields.text(named, i) for i in named)


def _dump_tensor(tensor: Tensor) -> dict[str, object]:
    return {
        "name": tensor.name,
        "dtype": tensor.dtype,
        "shape": list(tensor.shape),
        "scale": tensor.scale,
        "zero_point": tensor.zero_point,
        "bytes": tensor.bytes,
    }
