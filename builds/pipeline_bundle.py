"""The bundle of a Linux target: the model as a shared object with everything a device checks before it runs it."""

from builds.choices import ArtifactKind
from builds.pipeline import Output, Work
from builds.toolchain import build_shared
from builds.verify import Slot
from device_agent.protocol.bundle import member_of, write_bundle
from device_agent.protocol.manifest import GOLDEN, LIBRARY, SCHEMA, Manifest, Tensor

BUNDLE = "bundle.tar"


def bundle_output(work: Work, *, golden: bytes, schema: bytes) -> Output:
    """Link the shared object and pack it; the agent's own writer decides the encoding."""
    out = work.folder / "shared"
    shared = build_shared(
        work.compiled.files, work.order.target, out, cflags=work.compiled.cflags
    )
    members = {LIBRARY: shared.read_bytes(), GOLDEN: golden, SCHEMA: schema}
    return Output(ArtifactKind.BUNDLE, BUNDLE, write_bundle(_manifest(work, members), members))


def _manifest(work: Work, members: dict[str, bytes]) -> Manifest:
    order, interface = work.order, work.proof.interface
    return Manifest(
        model=order.model,
        version=order.version,
        version_number=order.version_number,
        target=order.target.name,
        members={name: member_of(data) for name, data in members.items()},
        inputs=tuple(_tensor(slot) for slot in interface.inputs),
        outputs=tuple(_tensor(slot) for slot in interface.outputs),
        golden_vectors=len(work.proof.golden),
        class_names=tuple(order.class_names),
        arena_bytes=work.compiled.arena_bytes,
    )


def _tensor(slot: Slot) -> Tensor:
    return Tensor(slot.name, slot.dtype, slot.shape, slot.scale, slot.zero_point, slot.nbytes)
