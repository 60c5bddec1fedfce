"""The bundle of a Linux target: the model as a shared object with all that a device checks
first."""

from builds.choices import ArtifactKind
from builds.image.bundle import BundleFacts, build_bundle
from builds.pipeline.stages.work import Output, Work
from builds.toolchain import build_shared

BUNDLE = "bundle.tar"


def bundle_output(work: Work, *, schema: bytes) -> Output:
    """Link the shared object and pack it as the agent reads it."""
    order, compiled = work.order, work.compiled
    shared = build_shared(
        compiled.files, order.target, work.folder / "shared", cflags=compiled.cflags
    )
    facts = BundleFacts(
        model=order.model,
        version=order.version,
        version_number=order.version_number,
        target=order.target.name,
        class_names=order.class_names,
        arena_bytes=compiled.arena_bytes,
    )
    library = shared.read_bytes()
    data = build_bundle(facts, work.proof, library=library, telemetry_schema=schema)
    return Output(ArtifactKind.BUNDLE, BUNDLE, data)
