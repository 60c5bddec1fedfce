"""What the reference interpreter says of many samples, asked in a child process."""

from dataclasses import dataclass

import numpy as np

from builds.compiler import read_graph
from builds.schema import Int8, TensorSpec
from builds.verify.interface import Interface, Slot, interface_of
from builds.verify.tflm import ask_tflm

PREDICT_SECONDS = 300.0  # for all samples of a reference dataset


@dataclass(frozen=True)
class Signature:
    """Inputs and outputs of an int8 model."""

    inputs: tuple[TensorSpec, ...]
    outputs: tuple[TensorSpec, ...]
    interface: Interface


def signature_of(tflite: bytes) -> Signature:
    """Read the signature from the file itself."""
    interface = interface_of(read_graph(tflite))
    return Signature(_specs(interface.inputs), _specs(interface.outputs), interface)


def _specs(slots: tuple[Slot, ...]) -> tuple[TensorSpec, ...]:
    return tuple(TensorSpec(slot.shape, slot.dtype, slot.scale, slot.zero_point) for slot in slots)


def predict(tflite: bytes, signature: Signature, tensors: Int8) -> Int8:
    """The first output for each input tensor."""
    answer = ask_tflm(
        tflite,
        signature.interface,
        [tensor.tobytes() for tensor in tensors],
        deadline_seconds=PREDICT_SECONDS,
    )
    first = signature.outputs[0].elements
    rows = [np.frombuffer(output, np.int8, first) for output in answer.outputs]
    return np.stack(rows)
