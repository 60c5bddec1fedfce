"""The jailed stages: an int8 model becomes C++, machine code, a proof and files.

Guarantees: what each makes depends on the order alone, in whatever folder and by whatever worker; a
refusal of the model keeps its own sentence; nothing here knows a database, so a stage may be run
again after a crash without asking what the dead worker left.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from builds.choices import ArtifactKind
from builds.compiler import Arithmetic, Compiled, Recipe, Weights, compile_model
from builds.compiler.errors import CompileError
from builds.image import BundleFacts, ImageError, ImageTooLarge, build_bundle, golden_file
from builds.image.schema_table import SchemaTable, schema_table, table_header
from builds.pipeline.stages.export import archive_output, weights_outputs
from builds.pipeline.stages.firmware import image_payload, parts_payloads, slot_payload
from builds.pipeline.stages.order import BuildFile, Impossible, NotProved, Unsigned
from builds.pipeline.stages.work import Work
from builds.targets import Kind, Target, slot_board, takes_images
from builds.toolchain import Library, build_library, build_shared
from builds.verify import Proof, prove
from builds.verify.every_value import with_values
from builds.verify.evidence import objection
from device_agent.protocol.manifest import Tensor
from device_agent.protocol.schema import parse_schema
from fleet.lib.canonical import canonical_json

# What the model is to blame for: such a build is refused, not failed.
REFUSALS: Final[tuple[type[Exception], ...]] = (CompileError, ImageTooLarge)
BUNDLE: Final = "bundle.tar"
TABLE: Final = "ef_schema_model.h"


def make_sources(work: Work) -> Work:
    """Model to C++."""
    return replace(work, sources=compiled(work))


def make_library(work: Work) -> Work:
    """C++ to machine code."""
    return replace(work, archive=linked(work))


def check_fit(work: Work) -> Work:
    """Raise Impossible for what the target cannot hold."""
    target, flash = work.order.target, work.linked.code_bytes + work.linked.weights_bytes
    _require_room("flash", flash, target.flash_bytes, target)
    _require_room("RAM", work.static_ram_bytes, target.ram_bytes, target)
    return work


def make_proof(work: Work) -> Work:
    """Hold every engine against the reference; then the stack is known too.

    Raises NotProved for code that differs, Impossible for a model that does not fit with its stack
    or that TFLM itself computes too far from the real numbers.
    """
    proof = proved(work)
    if not proof.equal:
        where = proof.first_difference or "no engine could be compared"
        raise NotProved(f"The generated code is not proved equal to the reference: {where}.")
    if against := objection(Arithmetic(str(work.order.arithmetic)), proof.seen):
        raise Impossible(against)
    target, ram = work.order.target, work.static_ram_bytes + (proof.stack_bytes or 0)
    _require_room("RAM with its stack", ram, target.ram_bytes, target)
    return replace(work, proved=proof)


def make_files(work: Work) -> Work:
    """Everything that is kept, apart from signatures."""
    return replace(work, outputs=packed(work), unsigned=unsigned(work))


def compiled(work: Work) -> Compiled:
    """Return the model as C++."""
    return compile_model(
        work.order.int8,
        work.order.target,
        recipe=Recipe(str(work.order.optimise)),
        weights=Weights(str(work.order.weights)),
        arithmetic=Arithmetic(str(work.order.arithmetic)),
    )


def linked(work: Work) -> Library:
    """Return the static library, with the sizes of the same code linked."""
    code = work.compiled
    return build_library(code.files, work.order.target, work.folder / "library", cflags=code.cflags)


def proved(work: Work) -> Proof:
    """Send golden vectors through every engine that this machine has."""
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


def packed(work: Work) -> tuple[BuildFile, ...]:
    """Library, sources, golden vectors, schema, and the bundle that a Linux host installs."""
    schema = canonical_json(dict(work.order.schema))  # as devices get it
    sources = sorted(work.compiled.files.items())
    return (
        BuildFile(ArtifactKind.LIBRARY, "libmodel.a", work.linked.path.read_bytes()),
        *(BuildFile(ArtifactKind.SOURCES, name, text.encode()) for name, text in sources),
        archive_output(work),
        BuildFile(ArtifactKind.GOLDEN, "golden.bin", golden_file(work.proof)),
        BuildFile(ArtifactKind.SCHEMA, "telemetry_schema.json", schema),
        *weights_outputs(work),
        *_installed(work, schema),
    )


def unsigned(work: Work) -> tuple[Unsigned, ...]:
    """What a microcontroller installs."""
    board = slot_board(work.order.target.name)
    if board is not None:
        return (slot_payload(work, board, chip_table(work)),)
    if work.order.target.kind is not Kind.MCU:
        return ()
    return (image_payload(work), *parts_payloads(work))


def _installed(work: Work, schema: bytes) -> tuple[BuildFile, ...]:
    """What a device of this kind takes beside the model's own files."""
    target = work.order.target
    return (_table if takes_images(target) else PACKERS[target.kind])(work, schema)


def _bundle(work: Work, schema: bytes) -> tuple[BuildFile, ...]:
    """Link the shared object and pack it with all that the agent checks first."""
    order, code = work.order, work.compiled
    shared = build_shared(code.files, order.target, work.folder / "shared", cflags=code.cflags)
    facts = BundleFacts(
        model=order.model,
        version=order.version,
        version_number=order.version_number,
        target=order.target.name,
        class_names=order.class_names,
        arena_bytes=code.arena_bytes,
    )
    data = build_bundle(facts, work.proof, library=shared.read_bytes(), telemetry_schema=schema)
    return (BuildFile(ArtifactKind.BUNDLE, BUNDLE, data),)


def _table(work: Work, schema: bytes) -> tuple[BuildFile, ...]:
    """What a firmware's recorder counts by; nothing for an input too large for a chip."""
    del schema
    table = chip_table(work)
    if table is None:
        return ()
    return (BuildFile(ArtifactKind.SOURCES, TABLE, table_header(table, "model").encode()),)


def chip_table(work: Work) -> SchemaTable | None:
    """The words that a recorder on a chip counts by; None for an input too large for one."""
    slots = work.proof.interface.inputs[0], work.proof.interface.outputs[0]
    given, output = (
        Tensor(slot.name, slot.dtype, slot.shape, slot.scale, slot.zero_point, slot.nbytes)
        for slot in slots
    )
    try:
        return schema_table(parse_schema(dict(work.order.schema)), given, output)
    except ImageError:
        return None


def _nothing(work: Work, schema: bytes) -> tuple[BuildFile, ...]:
    del work, schema
    return ()


PACKERS: Final[dict[Kind, Callable[[Work, bytes], tuple[BuildFile, ...]]]] = {
    Kind.MCU: _table,  # its images have yet to be signed
    Kind.LINUX: _bundle,
    Kind.WASM: _nothing,  # the library is what a host links
}


def _require_room(what: str, needed: int, offered: int, target: Target) -> None:
    if needed > offered:
        raise Impossible(
            f"The model needs {needed:,} bytes of {what}, and {target.name} offers {offered:,}."
        )
