"""Run a model on real input: quantise, invoke, time. For the agent's loop and for user code."""

import time
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from device_agent.model.compiled import CompiledModel
from device_agent.model.quantise import TYPECODES, BadInput, Feed, quantise
from device_agent.protocol.manifest import Manifest


@dataclass(frozen=True, slots=True)
class Inference:
    """One run: tensors as bytes, and how long the model took."""

    inputs: tuple[bytes, ...]
    outputs: tuple[bytes, ...]
    latency_us: int
    clipped_low: bool
    clipped_high: bool


class ModelRunner:
    """The model in a folder, ready to run."""

    def __init__(self, model: CompiledModel) -> None:
        self._model = model

    @classmethod
    def load(cls, folder: Path | str) -> "ModelRunner":
        """Load the model in a slot's (or an unpacked bundle's) folder."""
        return cls(CompiledModel.load(Path(folder)))

    @property
    def manifest(self) -> Manifest:
        """What the model is."""
        return self._model.manifest

    def infer(self, sample: Feed) -> Inference:
        """Run once. One input: bytes or numbers. Several: a tuple of those, in order."""
        given = sample if isinstance(sample, tuple) else (sample,)
        tensors = self.manifest.inputs
        if len(given) != len(tensors):
            raise BadInput(f"The model has {len(tensors)} inputs, {len(given)} were given.")
        taken = [quantise(values, tensor) for values, tensor in zip(given, tensors, strict=True)]
        inputs = tuple(part.data for part in taken)
        begun = time.perf_counter_ns()
        outputs = self._model.invoke(inputs)
        latency_us = (time.perf_counter_ns() - begun) // 1000
        return Inference(
            inputs,
            tuple(outputs),
            latency_us,
            any(part.clipped_low for part in taken),
            any(part.clipped_high for part in taken),
        )

    def real(self, inference: Inference, output: int = 0) -> list[float]:
        """Return an output as real numbers."""
        tensor = self.manifest.outputs[output]
        stored: Sequence[float] = array(TYPECODES[tensor.dtype], inference.outputs[output])
        if tensor.scale == 0.0:
            return list(stored)
        return [(value - tensor.zero_point) * tensor.scale for value in stored]

    def close(self) -> None:
        """Unload the model."""
        self._model.close()
