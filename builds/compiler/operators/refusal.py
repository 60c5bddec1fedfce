"""Which operators the compiler takes, why it refuses one, and the way out of it.

Guarantee: an operator that passes its constraints lowers without surprise; everything else gets one
sentence.
"""

from collections.abc import Mapping
from typing import Final

from builds.compiler.graph import ABSENT, Graph, Op, short
from builds.compiler.operators.table import MADE, OPDEFS, constraints_of
from builds.targets.spec import Target


def check_ops(graph: Graph, target: Target) -> list[str]:
    """Give one sentence for each operator that cannot be compiled; none when all can."""
    refused = [(op, refusal(op, graph)) for op in graph.ops]
    return [_hybrid(op, graph) or text for op, text in refused if text]


def _hybrid(op: Op, graph: Graph) -> str:
    """Say what to do about weights of fewer bits than the real numbers that they meet."""
    tensors = [graph.tensor(i) for i in op.inputs if i != ABSENT]
    real = any(t.dtype == "float32" and t.data is None for t in tensors)
    if not real or all(t.data is None or t.dtype not in _FEWER_BITS for t in tensors):
        return ""
    where = f"{op.label}{_subject(op, graph)}"
    return f"{where}: only weights are quantised, and activations are float32; {_EXPORT}."


def refusal(op: Op, graph: Graph) -> str:
    """Give the sentence that says why an operator cannot be compiled; empty when it can."""
    rules = () if op.kind in MADE else constraints_of(op, graph)
    where = f"{op.label}{_subject(op, graph)}"
    if rules is None:
        return f"{where} is not supported; {WAYS_OUT.get(op.kind, _WAY_OUT)}."
    broken = next((rule for rule in rules if not rule(op, graph)), None)
    return f"{where}: {broken.__doc__}" if broken else ""


_EXPORT = (
    "give the converter optimizations = [tf.lite.Optimize.DEFAULT], a representative_dataset and "
    "target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8], or no optimizations to "
    "have all of it in float32"
)
_FEWER_BITS: Final = frozenset({"float16", "int16", "int4", "int8"})
_BETWEEN = "only one between DEQUANTIZE and QUANTIZE is; join or move its result behind a layer"
_WAY_OUT = "the manual lists the operators that are; write it with those, or keep it off the device"
WAYS_OUT: Final[Mapping[str, str]] = {
    "CUSTOM": "an operator of the framework's own; convert with builtin operators only",
    "POW": _BETWEEN,
    "IF": "both ways must be one graph; choose before the model, or with a product by 0 or 1",
    "LOCAL_RESPONSE_NORMALIZATION": "TFLM has none; train with batch normalisation",
    "ONE_HOT": "gather rows of an identity matrix",
    "REDUCE_PROD": "multiply the slices",
    "SIGN": "compare with zero, and choose with tf.where",
    "CONV_3D": "TFLM has none; use two dimensions at a time",
    "TOPK_V2": "TFLM has none; take the largest where the output is read",
    "WHILE": "a loop inside a loop must be unrolled before export",
}
"""What to do instead of an operator that is not supported."""


def _subject(op: Op, graph: Graph) -> str:
    named = [*op.outputs[:1], *(i for i in op.inputs[:1] if i != ABSENT)]
    return f" that makes tensor {short(graph.tensor(named[0]).name)!r}" if named else ""


def wrong_shape(op: Op, graph: Graph) -> str | None:
    """Say what is wrong with the shape of an operator's result; None when nothing is."""
    if len(op.outputs) != 1 or not op.inputs or ABSENT in op.inputs[:1]:
        return None
    target = graph.tensor(op.outputs[0])
    inputs = [graph.tensor(i) for i in op.inputs if i != ABSENT]
    rule = OPDEFS[op.kind].shape.of if op.kind in OPDEFS else None
    shape = rule(op, inputs, target) if rule else None
    if shape is None or (1,) * (len(target.shape) - len(shape)) + shape == target.shape:
        return None
    return (
        f"{op.label} makes {list(shape)} of {[list(t.shape) for t in inputs]}, "
        f"and its output has the shape {list(target.shape)}"
    )
