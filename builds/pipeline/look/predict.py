"""What an int8 model answers to many samples, by an engine of the proof.

TensorFlow Lite Micro where it runs the model; else, and where it aborts on a sample, the generated
code on this host, which the proof holds equal to the target's.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from builds.compiler import built_part, compile_model, read_graph
from builds.recipes.quantize.profile import TensorSpec
from builds.verify import (
    EngineAborted,
    EngineFailed,
    EngineUnavailable,
    Interface,
    TensorSlot,
    interface_of,
)
from builds.verify.child import EngineAnswer
from builds.verify.engines import attempt, host_target, run_host
from builds.verify.subject import Subject
from builds.verify.tflm import ask_tflm
from fleet.lib.errors import Unavailable, Unprocessable

PREDICT_SECONDS = 600.0  # for all samples of a dataset


@dataclass(frozen=True)
class ModelSignature:
    """Inputs and outputs of an int8 model."""

    inputs: tuple[TensorSpec, ...]
    outputs: tuple[TensorSpec, ...]
    interface: Interface

    def only_input(self) -> TensorSpec:
        """The one input; raises Unprocessable where there are several."""
        if len(self.inputs) != 1:
            raise Unprocessable(
                f"A dataset holds one input per sample; this model takes {len(self.inputs)}."
            )
        return self.inputs[0]


@dataclass(frozen=True)
class Predicted:
    """The first output for each sample, one row each in the tensor's own type, and who gave it."""

    outputs: NDArray[Any]
    engine: str


def signature_of(tflite: bytes) -> ModelSignature:
    """Read the signature from the file itself."""
    interface = interface_of(read_graph(tflite))
    return ModelSignature(_specs(interface.inputs), _specs(interface.outputs), interface)


def _specs(slots: tuple[TensorSlot, ...]) -> tuple[TensorSpec, ...]:
    return tuple(TensorSpec(slot.shape, slot.dtype, slot.scale, slot.zero_point) for slot in slots)


def predict(
    tflite: bytes, signature: ModelSignature, samples: Sequence[bytes], *, workdir: Path
) -> Predicted:
    """The first output for each sample, given as the bytes of the only input."""
    tflite = built_part(tflite)
    answer = _by_tflm(tflite, signature, samples) or _by_host(tflite, signature, samples, workdir)
    first = signature.outputs[0]
    rows = [np.frombuffer(output, first.dtype, first.elements) for output in answer.outputs]
    return Predicted(np.stack(rows), str(answer.facts["engine"]))


def _by_tflm(
    tflite: bytes, signature: ModelSignature, samples: Sequence[bytes]
) -> EngineAnswer | None:
    """None where the interpreter lacks an operator, or aborts on a sample."""
    try:
        return ask_tflm(tflite, signature.interface, samples, deadline_seconds=PREDICT_SECONDS)
    except (EngineUnavailable, EngineAborted):
        return None


def _by_host(
    tflite: bytes, signature: ModelSignature, samples: Sequence[bytes], workdir: Path
) -> EngineAnswer:
    """Raises CompileError for a model that we do not compile either."""
    try:
        target = host_target()
        compiled = compile_model(tflite, target)
        subject = Subject(
            tflite, compiled.files, compiled.cflags, target, signature.interface, workdir / "asked"
        )
        return attempt(run_host, subject, samples)
    except (EngineUnavailable, EngineFailed) as error:
        raise Unavailable(f"No engine could measure the model: {error}") from error
