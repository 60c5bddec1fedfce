"""Instructions of a recorder and of a model, counted on an emulated core."""

import math
import random
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from importlib.resources import files
from pathlib import Path

from builds.bench.chip.linked import CFLAGS, STATED_FOR, part_files, standard_schema
from builds.compiler import compile_model
from builds.image.schema_table import SchemaTable, schema_table, table_header
from builds.targets import Target, load_target
from builds.verify import Interface, TensorSlot, golden_inputs, interface_of
from builds.verify.child import EngineAnswer
from builds.verify.engines import run_emulator
from builds.verify.subject import Subject
from device_agent.protocol.manifest import Tensor
from device_agent.protocol.schema import TelemetrySchema

SEED = 0


@dataclass(frozen=True)
class InferenceShare:
    """What counting adds to one inference of a model."""

    model: str
    target: str
    recorder: int  # instructions
    inference: int
    stack: int  # bytes that the recorder takes below its caller

    @property
    def per_cent(self) -> float:
        """Of the model's instructions."""
        return 100 * self.recorder / self.inference


def probe(table: SchemaTable, given: Tensor, output: Tensor, target: Target) -> Subject:
    """A recorder that runs in a model's place; see `probe.cc`."""
    sizes = f"#define EF_PROBE_ELEMENTS {given.bytes}u\n#define EF_PROBE_CLASSES {output.bytes}u\n"
    sources = {
        **part_files("recorder", "encoder"),
        "probe.cc": (files("builds.bench.chip") / "probe.cc").read_text("utf-8"),
        "ef_schema_probe.h": table_header(table, "probe") + sizes,
    }
    slots = (_slot(given), _slot(output))
    frame = TensorSlot("frame", "int8", (table.frame_bytes_max,), 1.0, 0)
    return Subject(b"", sources, CFLAGS[STATED_FOR], target, Interface(slots, (frame,)), Path())


def run_probe(
    schema: TelemetrySchema, given: Tensor, output: Tensor, target_name: str, runs: Sequence[bytes]
) -> EngineAnswer:
    """Count these runs, each the input's bytes and then the output's, on an emulated core."""
    subject = probe(schema_table(schema, given, output), given, output, load_target(target_name))
    return _emulated(subject, runs)


def inference_share(path: Path, target_name: str) -> InferenceShare:
    """Count one inference of a model, and what a recorder of the standard profile adds to it."""
    target, model = load_target(target_name), path.read_bytes()
    compiled = compile_model(model, target)
    interface = interface_of(compiled.graph)
    first, last = interface.inputs[0], interface.outputs[0]
    subject = Subject(model, compiled.files, compiled.proof_cflags, target, interface, Path())
    whole = _emulated(subject, golden_inputs(interface, vectors=1, seed=SEED))
    given, output = _tensor(first), _tensor(last)
    chance = random.Random(SEED)  # noqa: S311 - data to count, and no secret
    run = chance.randbytes(given.bytes + output.bytes)
    schema = standard_schema(classes=last.elements)
    counted = run_probe(schema, given, output, target_name, [run])
    return InferenceShare(
        model=path.stem,
        target=target_name,
        recorder=int(counted.facts["instructions"]),
        inference=int(whole.facts["instructions"]),
        stack=int(counted.facts["stack_bytes"]),
    )


def _emulated(subject: Subject, inputs: Sequence[bytes]) -> EngineAnswer:
    with tempfile.TemporaryDirectory(prefix="edgefleet-chip-") as name:
        return run_emulator(replace(subject, workdir=Path(name)), inputs)


def _slot(tensor: Tensor) -> TensorSlot:
    return TensorSlot(tensor.name, "int8", tensor.shape, tensor.scale, tensor.zero_point)


def _tensor(slot: TensorSlot) -> Tensor:
    return Tensor(slot.name, "int8", slot.shape, slot.scale, slot.zero_point, math.prod(slot.shape))
