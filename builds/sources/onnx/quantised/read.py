"""A quantised ONNX model becomes an int8 `.tflite` that means the same numbers.

Guarantees: weights and scales are the file's own; where the file leaves a scale out, only kernels
that have a fixed one, or keep their input's, are read; what is not read is one sentence. The
arithmetic is TensorFlow Lite's, whose rounding is not ONNX Runtime's: a proof says that a device
computes what this file says, not that ONNX Runtime would give the same last bit.
"""

from typing import Final

from builds.compiler import write_model
from builds.sources.onnx.plain import ODD, plain
from builds.sources.onnx.quantised import layers, windows
from builds.sources.onnx.quantised.frame import Lying
from builds.sources.onnx.quantised.reader import QuantisedReader, Rules
from builds.sources.onnx.quantised.scales import Scale, without_pairs
from fleet.lib.errors import Refused
from registry.files.onnx.model import OnnxModel, OnnxValue
from registry.files.onnx.outline import channel_last, shape_here

RULES: Final[Rules] = {**windows.RULES, **layers.RULES}


def as_tflite(model: OnnxModel) -> bytes:
    """The model as a file. Raises Refused with one sentence."""
    model = plain(model)
    try:
        reals = without_pairs(model)
    except ODD as error:
        raise Refused("The model has a quantisation that is not as ONNX describes it.") from error
    reader = QuantisedReader(reals)
    for value in model.inputs:
        reader.lying[value.name] = _input(value, model, reader)
    for node in reals.nodes:
        if node.kind not in RULES:
            raise Refused(f"The operator {node.label} is not read in a quantised ONNX model.")
        if len(node.outputs) != 1 and node.kind != "MaxPool":
            raise Refused(f"{node.label} gives more than one value.")
        try:
            RULES[node.kind](node, reader)
        except ODD as error:
            raise Refused(f"The operator {node.label} is not as ONNX describes it.") from error
    inputs = [reader.lying[value.name] for value in model.inputs]
    outputs = [reader.value(name) for name in reals.outputs]
    if any(value.order is not None for value in outputs):
        raise Refused("The model gives a flattened image, whose order would be lost.")
    return write_model(reader.frame.graph(inputs, outputs))


def _input(value: OnnxValue, model: OnnxModel, reader: QuantisedReader) -> Lying:
    scale: Scale | None = reader.reals.scales.get(value.name)
    if scale is None:
        raise Refused(f"The input {value.name[:64]} is not quantised.")
    shape = shape_here(value, model)
    return reader.frame.value(value.name, shape, scale, last=channel_last(value, model))
