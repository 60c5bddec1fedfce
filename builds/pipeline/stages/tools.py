"""The real tools of a build: our compiler, the cross-toolchain, the engines of the proof, and the
packers.

Guarantees: what each returns depends on the order alone; a refusal of the model keeps its own
sentence.
"""

from collections.abc import Callable
from typing import Final

from builds.choices import ArtifactKind
from builds.compiler import Arithmetic, Compiled, Recipe, Weights, compile_model
from builds.compiler.errors import CompileError
from builds.image.bundle import golden_file
from builds.image.errors import DoesNotFit
from builds.pipeline.stages.bundle import bundle_output
from builds.pipeline.stages.export import archive_output, build_sections, weights_outputs
from builds.pipeline.stages.firmware import image_payload, parts_payloads
from builds.pipeline.stages.work import Output, Unsigned, Work
from builds.targets import Kind
from builds.toolchain import Library, build_library
from builds.values import with_values
from builds.verify import Proof, prove
from builds.verify.evidence import objection
from fleet.lib.canonical import canonical_json

# What the model is to blame for: such a build is refused, not failed.
REFUSALS: Final[tuple[type[Exception], ...]] = (CompileError, DoesNotFit)


class RealTools:
    """Tools that make what devices run."""

    def compile(self, work: Work) -> Compiled:
        """The model as C++."""
        recipe = Recipe(str(work.order.optimise))
        weights = Weights(str(work.order.weights))
        return compile_model(
            work.order.int8,
            work.order.target,
            recipe=recipe,
            weights=weights,
            arithmetic=Arithmetic(str(work.order.arithmetic)),
        )

    def link(self, work: Work) -> Library:
        """The static library, and the same code linked to know its sizes."""
        compiled = work.compiled
        out = work.folder / "library"
        return build_library(compiled.files, work.order.target, out, cflags=compiled.cflags)

    def prove(self, work: Work) -> Proof:
        """Golden vectors through every engine that this machine has."""
        model, target, folder = work.order.int8, work.order.target, work.folder / "proof"
        proof = prove(
            model,
            work.compiled,
            target,
            vectors=work.order.vectors,
            workdir=folder,
            steps=work.compiled.step_names,
        )
        return with_values(proof, work.compiled, model, target, folder / "values")

    def objection(self, work: Work) -> str | None:
        """What real numbers have against the interpreter that the code equals."""
        return objection(Arithmetic(str(work.order.arithmetic)), work.proof.seen)

    def sections(self, work: Work) -> dict[str, str | int]:
        """What tells a change of weights from a change of code."""
        return build_sections(work)

    def package(self, work: Work) -> tuple[Output, ...]:
        """Library, sources, golden vectors, schema, and the bundle that a Linux host installs."""
        return (*_common(work), *PACKERS[work.order.target.kind](work))

    def unsigned(self, work: Work) -> tuple[Unsigned, ...]:
        """What a microcontroller installs."""
        if work.order.target.kind is not Kind.MCU:
            return ()
        return (image_payload(work), *parts_payloads(work))


def real_tools() -> RealTools:
    """The tools of a worker."""
    return RealTools()


def schema_bytes(work: Work) -> bytes:
    """The telemetry schema as devices get it."""
    return canonical_json(dict(work.order.schema))


def _common(work: Work) -> tuple[Output, ...]:
    sources = sorted(work.compiled.files.items())
    return (
        Output(ArtifactKind.LIBRARY, "libmodel.a", work.linked.path.read_bytes()),
        *(Output(ArtifactKind.SOURCES, name, text.encode()) for name, text in sources),
        archive_output(work),
        Output(ArtifactKind.GOLDEN, "golden.bin", golden_file(work.proof)),
        Output(ArtifactKind.SCHEMA, "telemetry_schema.json", schema_bytes(work)),
        *weights_outputs(work),
    )


def _bundle(work: Work) -> tuple[Output, ...]:
    return (bundle_output(work, schema=schema_bytes(work)),)


def _nothing(work: Work) -> tuple[Output, ...]:
    del work
    return ()


PACKERS: Final[dict[Kind, Callable[[Work], tuple[Output, ...]]]] = {
    Kind.MCU: _nothing,  # its images have yet to be signed
    Kind.LINUX: _bundle,
    Kind.WASM: _nothing,  # the library is what a host links
}
