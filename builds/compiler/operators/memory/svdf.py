"""SVDF: filters over features and over time; it keeps state between runs."""

from typing import Final

import numpy as np

from builds.compiler.arithmetic.multiplier import quantize_multiplier
from builds.compiler.graph import ABSENT, Graph, Op
from builds.compiler.operators.common import naming
from builds.compiler.operators.common.checks import has_one_scale
from builds.compiler.operators.common.flavour import Flavour
from builds.compiler.operators.common.learned_value import learned_all
from builds.compiler.operators.common.lowered_op import Context, Integers, LoweredOp, constant
from builds.compiler.operators.filters.weights.block4 import block4_of, spare_bytes
from builds.compiler.operators.opdef import OpDef

SVDF_STATE = 4


_RELU, _NONE = 1, 0  # numbers of the activations in the schema


def svdf_is_whole(op: Op, graph: Graph) -> bool:
    """An SVDF must have input, two matrices, an optional bias, a state and one output."""
    given = len(op.inputs) == SVDF_STATE + 1 and len(op.outputs) == 1
    return given and all(op.inputs[n] != ABSENT for n in (0, 1, 2, SVDF_STATE))


def svdf_types_fit(op: Op, graph: Graph) -> bool:
    """An SVDF must be int8, its time weights and state both int8 or both int16, its bias int32."""
    source, feature, time, state = (graph.tensor(op.inputs[n]) for n in (0, 1, 2, SVDF_STATE))
    target, bias = graph.tensor(op.outputs[0]), graph.operand(op, 3)
    eights = all(t.dtype == "int8" for t in (source, feature, target))
    times = time.dtype == state.dtype and time.dtype in ("int8", "int16")
    scaled = all(has_one_scale(t) for t in (source, feature, target, time, state))
    return eights and times and scaled and (bias is None or bias.dtype == "int32")


def svdf_weights_are_constant(op: Op, graph: Graph) -> bool:
    """Matrices must be constant with zero point 0, the bias constant, and the state a variable."""
    feature, time, state = (graph.tensor(op.inputs[n]) for n in (1, 2, SVDF_STATE))
    bias = graph.operand(op, 3)
    fixed = all(t.data is not None and t.zero_point == 0 for t in (feature, time))
    held = state.variable and state.data is None
    return fixed and held and (bias is None or bias.data is not None)


def svdf_shapes_fit(op: Op, graph: Graph) -> bool:
    """An SVDF's shapes must follow from its input and rank; its activation is RELU or none."""
    source, feature, time, state = (graph.tensor(op.inputs[n]) for n in (0, 1, 2, SVDF_STATE))
    target, bias = graph.tensor(op.outputs[0]), graph.operand(op, 3)
    if any(len(t.shape) != 2 for t in (source, feature, time, target)) or op.option("rank") < 1:
        return False
    filters, batches = feature.shape[0], source.shape[0]
    units, odd = divmod(filters, op.option("rank"))
    matrices = not odd and feature.shape[1] == source.shape[1] and time.shape[0] == filters
    outer = target.shape == (batches, units) and state.elements == batches * time.elements
    biased = bias is None or bias.elements == units
    return matrices and outer and biased and op.option("activation") in (_RELU, _NONE)


def svdf_sums_are_bounded(op: Op, graph: Graph) -> bool:
    """An SVDF's sums over its input must fit in 32 bits: at most 65,536 elements."""
    return graph.tensor(op.inputs[1]).shape[1] <= 1 << 16


def lower_svdf(op: Op, context: Context) -> LoweredOp:
    """Lower an SVDF layer."""
    source, feature, time = (context.input(op, n) for n in (0, 1, 2))
    state, target = context.input(op, SVDF_STATE), context.output(op)
    name = naming.function_name(op, context.graph)
    units, batches, inputs = target.shape[-1], *source.shape
    first = np.float32(source.scale) * np.float32(feature.scale) / np.float32(state.scale)
    second = np.float32(state.scale) * np.float32(time.scale) / np.float32(target.scale)
    scalings = [quantize_multiplier(float(real)) for real in (first, second)]
    numbers = [n for s in scalings for n in (s.value, s.shift)]
    filters_, memory = time.shape
    members = [batches, inputs, filters_, memory, filters_ // units]
    item = {"int8": "int8_t", "int16": "int16_t"}[time.dtype]
    matrix = feature.array().astype(np.int64)
    fours = block4_of(context.flavour, matrix)
    arrays = (
        fours.weights(f"{name}_feature", matrix),
        constant(f"{name}_feature_bias", "int32_t", -source.zero_point * matrix.sum(axis=1)),
        constant(f"{name}_time", item, time.array().reshape(-1)),
        constant(f"{name}_bias", "int32_t", _time_bias(op, context)),
    )
    texts = [*map(str, members), *learned_all((*numbers, target.zero_point, state.zero_point))]
    texts += [a.name for a in arrays]
    dsp = fours.flavour is Flavour.DSP
    spare = spare_bytes(batches, inputs) if dsp else 0
    place = "ef_at<int8_t>($scratch)" if spare else "nullptr"
    return LoweredOp(
        op,
        name,
        (source.index,),
        (target.index, state.index),
        body=(f"{fours.flavour}::ef_svdf({name}_svdf, $in0, $out0, $out1, {place});",),
        runtime=("words", *fours.runtime("dot_dsp" if dsp else "dot_portable", "svdf")),
        arrays=arrays,
        globals=(
            f"constexpr {fours.flavour}::EfSvdf<{item}> {name}_svdf = {{{', '.join(texts)}}};",
        ),
        scratch_bytes=spare,
        unproved=fours.unproved,
    )


def _time_bias(op: Op, context: Context) -> Integers:
    """Give the biases with what the state's zero point adds to each sum; they wrap, as sums do."""
    time, state = context.input(op, 2), context.input(op, SVDF_STATE)
    units, bias = context.output(op).shape[-1], context.graph.operand(op, 3)
    weighed = time.array().astype(np.int64).reshape(units, -1).sum(axis=1) * state.zero_point
    whole: Integers = -weighed if bias is None else bias.array().astype(np.int64) - weighed
    return whole.astype(np.int32).astype(np.int64)


def _macs(op: Op, graph: Graph) -> int:
    batches = graph.tensor(op.inputs[0]).shape[0]
    return batches * sum(graph.tensor(i).elements for i in op.inputs[1:3])


OPDEFS: Final = (
    OpDef(
        "SVDF",
        constraints=(
            svdf_is_whole,
            svdf_types_fit,
            svdf_weights_are_constant,
            svdf_shapes_fit,
            svdf_sums_are_bounded,
        ),
        lower=lower_svdf,
        headers=("svdf", "dot", "dense", "block4", "packed", "requantize"),
        options=(6, (("rank", 0, "i32", 0), ("activation", 1, "i8", 0))),
        macs=_macs,
    ),
)
