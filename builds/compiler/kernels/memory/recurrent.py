"""UNIDIRECTIONAL_SEQUENCE_LSTM with 8-bit weights and a 16-bit cell, and SVDF.

Both keep state between runs.
"""

import math
from dataclasses import dataclass

import numpy as np

from builds.compiler.arithmetic import fixedpoint
from builds.compiler.arithmetic.multiplier import quantize_multiplier
from builds.compiler.graph import Op, Tensor
from builds.compiler.kernels.filters import filters
from builds.compiler.kernels.filters.fours import fours_of, spare_bytes
from builds.compiler.kernels.lowering import naming
from builds.compiler.kernels.lowering.step import (
    Context,
    Flavour,
    Integers,
    Reuse,
    Step,
    constant,
    fixed,
)
from builds.compiler.kernels.lowering.trained import trained_all

HIDDEN, CELL = 18, 19  # positions of an LSTM's state among its inputs
SVDF_STATE = 4
# Positions of each gate's input weights, recurrent weights and bias, in the order of the kernel.
_GATES = {"forget": (2, 6, 13), "input": (1, 5, 12), "cell": (3, 7, 14), "output": (4, 8, 15)}
_GATE_SCALE = 2.0**-12  # of what goes into a gate's function
_FUNCTION_SCALE = 2.0**-15  # of what comes out
_INT16 = (-32768, 32767)


def lower_lstm(op: Op, context: Context) -> Step:
    """Turn an LSTM over a sequence into a step."""
    source, hidden, cell = (context.input(op, n) for n in (0, HIDDEN, CELL))
    name = naming.step_name(op, context.graph)
    batches = batches_of(op, source)
    inputs, states = source.shape[2], hidden.elements // batches
    parts = [_part(op, context, column) for column in (0, 1)]
    fours = fours_of(_flavour(context, batches, states), *(part.matrix for part in parts))
    arrays = (
        fours.weights(f"{name}_input_weights", parts[0].matrix),
        fours.weights(f"{name}_hidden_weights", parts[1].matrix),
        constant(f"{name}_bias", "int32_t", np.hstack([part.bias for part in parts]).reshape(-1)),
        constant(f"{name}_scale", "int32_t", [n for part in parts for n in part.scales]),
        fixed(f"{name}_sigmoid", "uint16_t", fixedpoint.sigmoid_table()),
    )
    members = [*(a.name for a in arrays[:-1]), *_sizes(op, source, states)]
    members += trained_all((*_tanh_of_cell(cell), _clip(op, cell), *_products(hidden, cell)))
    members += [arrays[-1].name]
    small = all(part.small for part in parts) and not context.apart
    scale = "ef_scale_small" if small else "ef_scale"
    rows = source.elements // inputs
    spare = spare_bytes(rows, inputs) if fours.flavour is Flavour.DSP else 0
    place = "ef_at<int8_t>($scratch)" if spare else "nullptr"
    operands = f"{name}_lstm, $in0, $out0, $out1, $out2, {place}"
    return Step(
        op,
        name,
        (source.index,),
        (op.outputs[0], hidden.index, cell.index),
        body=(f"{fours.flavour}::ef_lstm<{scale}>({operands});",),
        runtime=("sigmoid16", *fours.runtime("lstm")),
        arrays=arrays,
        globals=(
            f"constexpr {fours.flavour}::EfLstm {name}_lstm = {{{', '.join(map(str, members))}}};",
        ),
        scratch_bytes=spare,
        reuse=_reuse(op, context, states),
        unproved=fours.unproved,
    )


def _flavour(context: Context, batches: int, states: int) -> Flavour:
    """Leave out words where the last batch's states end inside one; no copy is made of them."""
    words = context.flavour is Flavour.DSP and spare_bytes(batches, states)
    return Flavour.PORTABLE if words else context.flavour


def _reuse(op: Op, context: Context, states: int) -> tuple[Reuse, ...]:
    """Let a row of outputs begin where its row of inputs has been read, when rows are in order."""
    source = context.input(op)
    rows, inputs = source.elements // source.shape[2], source.shape[2]
    if batches_of(op, source) > 1 and not op.options["time_major"]:
        return ()
    ahead = min(row * inputs - (row + 1) * states for row in (0, rows - 1))
    places = (context.graph.storage(source.index), context.graph.storage(op.outputs[0]))
    return (Reuse(*places, ahead),)


def batches_of(op: Op, source: Tensor) -> int:
    """Give the batch size of a sequence."""
    return source.shape[1] if op.options["time_major"] else source.shape[0]


def _sizes(op: Op, source: Tensor, states: int) -> list[int]:
    batches = batches_of(op, source)
    steps = source.shape[0] if op.options["time_major"] else source.shape[1]
    by_batch, by_step = (1, batches) if op.options["time_major"] else (steps, 1)
    return [batches, steps, source.shape[2], states, by_batch, by_step]


@dataclass(frozen=True)
class _Part:
    """What an LSTM adds up over its inputs, or over its hidden states, for all gates.

    `matrix` has a row and `bias` an element for each gate of each state, the gates of one state
    together.
    """

    matrix: Integers
    bias: Integers
    scales: tuple[int, ...]
    small: bool  # whether no sum reaches 2^30


def _part(op: Op, context: Context, column: int) -> _Part:
    source = context.input(op, (0, HIDDEN)[column])
    matrices, biases, scales = [], [], []
    for operands in _GATES.values():
        weights = context.input(op, operands[column])
        product = float(np.float32(source.scale) * np.float32(weights.scale))
        by = quantize_multiplier(product / _GATE_SCALE)
        matrix = weights.array().astype(np.int64)
        given = None if column else context.input(op, operands[2]).array().astype(np.int64)
        biases.append(filters.plain_bank(op, matrix, given, by, source.zero_point).reshape(-1))
        matrices.append(matrix)
        scales += [by.value, by.shift]
    together = np.stack(matrices, axis=1).reshape(-1, matrices[0].shape[1])
    bias = np.stack(biases, axis=1)
    reach = np.abs(together).sum(axis=1) * 128 + np.abs(bias).reshape(-1)
    return _Part(together, bias, tuple(scales), bool((reach < 1 << 30).all()))


def _tanh_of_cell(cell: Tensor) -> list[int]:
    """Give multiplier and right shift that bring the cell to the table's scale."""
    left = 15 + round(math.log2(cell.scale)) - 3
    return [3, -left] if left < 0 else [3 << left, 0]


def _clip(op: Op, cell: Tensor) -> int:
    clip = float(op.options["cell_clip"])
    return int(min(max(clip / cell.scale, _INT16[0]), _INT16[1])) if clip > 0 else 0


def _products(hidden: Tensor, cell: Tensor) -> list[int]:
    reals = (
        _FUNCTION_SCALE * cell.scale / cell.scale,
        _FUNCTION_SCALE * _FUNCTION_SCALE / cell.scale,
        _FUNCTION_SCALE * _FUNCTION_SCALE / hidden.scale,
    )
    scalings = [quantize_multiplier(real) for real in reals]
    return [n for s in scalings for n in (s.value, s.shift)] + [hidden.zero_point]


def lower_svdf(op: Op, context: Context) -> Step:
    """Turn an SVDF layer into a step."""
    source, feature, time = (context.input(op, n) for n in (0, 1, 2))
    state, target = context.input(op, SVDF_STATE), context.output(op)
    name = naming.step_name(op, context.graph)
    units, batches, inputs = target.shape[-1], *source.shape
    first = np.float32(source.scale) * np.float32(feature.scale) / np.float32(state.scale)
    second = np.float32(state.scale) * np.float32(time.scale) / np.float32(target.scale)
    scalings = [quantize_multiplier(float(real)) for real in (first, second)]
    numbers = [n for s in scalings for n in (s.value, s.shift)]
    filters_, memory = time.shape
    members = [batches, inputs, filters_, memory, filters_ // units]
    item = {"int8": "int8_t", "int16": "int16_t"}[time.dtype]
    matrix = feature.array().astype(np.int64)
    fours = fours_of(context.flavour, matrix)
    arrays = (
        fours.weights(f"{name}_feature", matrix),
        constant(f"{name}_feature_bias", "int32_t", -source.zero_point * matrix.sum(axis=1)),
        constant(f"{name}_time", item, time.array().reshape(-1)),
        constant(f"{name}_bias", "int32_t", _time_bias(op, context)),
    )
    texts = [*map(str, members), *trained_all((*numbers, target.zero_point, state.zero_point))]
    texts += [a.name for a in arrays]
    dsp = fours.flavour is Flavour.DSP
    spare = spare_bytes(batches, inputs) if dsp else 0
    place = "ef_at<int8_t>($scratch)" if spare else "nullptr"
    return Step(
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
