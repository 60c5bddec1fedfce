"""The bundle for a Linux device: shared object, golden vectors, telemetry schema, manifest.

Guarantees: a bundle is made only of a build whose proof came out equal, carries the vectors of that
proof, and was read back with the device's own reader before it is given away.
"""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from builds.image.errors import ImageError
from device_agent.protocol.bundle import load_bundle, member_of, write_bundle
from device_agent.protocol.errors import ProtocolError
from device_agent.protocol.manifest import GOLDEN, LIBRARY, SCHEMA, Manifest, Tensor

if TYPE_CHECKING:  # a worker packs and signs images, and holds no reader of models
    from builds.verify import Proof, TensorSlot


@dataclass(frozen=True)
class BundleFacts:
    """What the manifest says of the model beside what the proof knows."""

    model: str
    version: str
    version_number: int
    target: str
    class_names: Sequence[str]
    arena_bytes: int


def golden_file(proof: "Proof") -> bytes:
    """For each vector all input bytes, then all output bytes."""
    return b"".join(inputs + outputs for inputs, outputs in proof.golden)


def build_bundle(
    facts: BundleFacts, proof: "Proof", *, library: bytes, telemetry_schema: bytes
) -> bytes:
    """The bundle's bytes: the same for the same inputs."""
    if not proof.equal or not proof.golden:
        raise ImageError(f"this build is not proved: {proof.first_difference or 'no vectors ran'}")
    members = {LIBRARY: library, GOLDEN: golden_file(proof), SCHEMA: telemetry_schema}
    manifest = Manifest(
        model=facts.model,
        version=facts.version,
        version_number=facts.version_number,
        target=facts.target,
        members={name: member_of(data) for name, data in members.items()},
        inputs=_tensors(proof.interface.inputs),
        outputs=_tensors(proof.interface.outputs),
        golden_vectors=len(proof.golden),
        class_names=tuple(facts.class_names),
        arena_bytes=facts.arena_bytes,
    )
    try:
        bundle = write_bundle(manifest, members)
        load_bundle(io.BytesIO(bundle))
    except ProtocolError as error:
        raise ImageError(f"no device would accept this bundle: {error}") from None
    return bundle


def _tensors(slots: Sequence["TensorSlot"]) -> tuple[Tensor, ...]:
    return tuple(
        Tensor(
            name=slot.name,
            dtype=slot.dtype,
            shape=slot.shape,
            scale=slot.scale,
            zero_point=slot.zero_point,
            bytes=slot.nbytes,
        )
        for slot in slots
    )
