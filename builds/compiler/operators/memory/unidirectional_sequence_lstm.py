"""UNIDIRECTIONAL_SEQUENCE_LSTM with 8-bit weights and a 16-bit cell; it keeps its state."""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np

from builds.compiler.arithmetic import fixedpoint
from builds.compiler.arithmetic.multiplier import quantize_multiplier
from builds.compiler.graph import ABSENT, Graph, Op, Tensor
from builds.compiler.operators.common import naming
from builds.compiler.operators.common.checks import has_one_scale
from builds.compiler.operators.common.flavour import Flavour
from builds.compiler.operators.common.learned_value import learned_all
from builds.compiler.operators.common.lowered_op import (
    Context,
    Integers,
    LoweredOp,
    Reuse,
    constant,
    fixed,
)
from builds.compiler.operators.common.real.form import RealForm
from builds.compiler.operators.filters.weights import banks
from builds.compiler.operators.filters.weights.block4 import block4_of, spare_bytes
from builds.compiler.operators.memory.real.lstm import (
    LSTM_REAL_HEADERS,
    lower_lstm_real,
    lstm_is_real,
)
from builds.compiler.operators.opdef import OpDef

HIDDEN, CELL = 18, 19  # positions of an LSTM's state among its inputs
# Positions of each gate's input weights, recurrent weights and bias, in the order of the kernel.
_GATES = {"forget": (2, 6, 13), "input": (1, 5, 12), "cell": (3, 7, 14), "output": (4, 8, 15)}
_GATE_SCALE = 2.0**-12  # of what goes into a gate's function
_FUNCTION_SCALE = 2.0**-15  # of what comes out
_INT16 = (-32768, 32767)
_LSTM_INPUTS = 24
_UNUSED = (9, 10, 11, 16, 17, 20, 21, 22, 23)  # peepholes, projection, layer normalisation


_TANH = 4  # number of the activation in the schema


def lstm_is_plain(op: Op, graph: Graph) -> bool:
    """An LSTM must be plain: no peepholes, no projection, no layer normalisation, one output."""
    if len(op.inputs) != _LSTM_INPUTS or len(op.outputs) != 1:
        return False
    given = [n for n, i in enumerate(op.inputs) if i != ABSENT]
    return given == [n for n in range(_LSTM_INPUTS) if n not in _UNUSED]


def lstm_types_are_8_and_16_bits(op: Op, graph: Graph) -> bool:
    """An LSTM must have int8 input, state and weights, an int16 cell, int32 biases."""
    kinds: dict[int, str] = {HIDDEN: "int8", CELL: "int16"}
    kinds |= dict.fromkeys(range(9), "int8")
    kinds |= dict.fromkeys(range(12, 16), "int32")
    tensors = {n: graph.tensor(op.inputs[n]) for n in kinds}
    typed = all(t.dtype == kinds[n] for n, t in tensors.items())
    scaled = all(has_one_scale(t) for n, t in tensors.items() if kinds[n] != "int32")
    return typed and scaled and graph.tensor(op.outputs[0]).dtype == "int8"


def lstm_weights_are_constant(op: Op, graph: Graph) -> bool:
    """Weights and biases must be constant with zero point 0, and the states variables."""
    constants = [graph.tensor(op.inputs[n]) for n in (*range(1, 9), *range(12, 16))]
    states = [graph.tensor(op.inputs[n]) for n in (HIDDEN, CELL)]
    fixed = all(t.data is not None and t.zero_point == 0 for t in constants)
    return fixed and all(t.variable and t.data is None for t in states)


def lstm_shapes_fit(op: Op, graph: Graph) -> bool:
    """Shapes of weights, biases, states and output must follow from the input and the state."""
    source, target = graph.tensor(op.inputs[0]), graph.tensor(op.outputs[0])
    if source.data is not None or len(source.shape) != 3 or len(target.shape) != 3:
        return False
    states, inputs = target.shape[2], source.shape[2]
    shapes: dict[int, tuple[int, ...]] = {}
    shapes |= dict.fromkeys(range(1, 5), (states, inputs))
    shapes |= dict.fromkeys(range(5, 9), (states, states))
    shapes |= dict.fromkeys(range(12, 16), (states,))
    fits = all(graph.tensor(op.inputs[n]).shape == shape for n, shape in shapes.items())
    wanted = states * batches_of(op, source)
    held = all(graph.tensor(op.inputs[n]).elements == wanted for n in (HIDDEN, CELL))
    return fits and held and source.shape[:2] == target.shape[:2]


def lstm_scales_fit(op: Op, graph: Graph) -> bool:
    """The cell must have a scale from 2^-20 to 2^-9, a power of two; the activation is TANH."""
    cell = graph.tensor(op.inputs[CELL])
    fraction, exponent = math.frexp(cell.scale)
    power = fraction == 0.5 and -19 <= exponent <= -8
    # The output has the bytes of the state, whatever scale a converter gave it: so does TFLM's.
    return power and cell.zero_point == 0 and op.option("activation") == _TANH


def lower_lstm(op: Op, context: Context) -> LoweredOp:
    """Lower an LSTM over a sequence."""
    source, hidden, cell = (context.input(op, n) for n in (0, HIDDEN, CELL))
    name = naming.function_name(op, context.graph)
    batches = batches_of(op, source)
    inputs, states = source.shape[2], hidden.elements // batches
    parts = [_part(op, context, column) for column in (0, 1)]
    fours = block4_of(_flavour(context, batches, states), *(part.matrix for part in parts))
    arrays = (
        fours.weights(f"{name}_input_weights", parts[0].matrix),
        fours.weights(f"{name}_hidden_weights", parts[1].matrix),
        constant(f"{name}_bias", "int32_t", np.hstack([part.bias for part in parts]).reshape(-1)),
        constant(f"{name}_scale", "int32_t", [n for part in parts for n in part.scales]),
        fixed(f"{name}_sigmoid", "uint16_t", fixedpoint.sigmoid_table()),
    )
    members = [*(a.name for a in arrays[:-1]), *_sizes(op, source, states)]
    members += learned_all((*_tanh_of_cell(cell), _clip(op, cell), *_products(hidden, cell)))
    members += [arrays[-1].name]
    small = all(part.small for part in parts) and not context.apart
    scale = "ef_scale_small" if small else "ef_scale"
    rows = source.elements // inputs
    spare = spare_bytes(rows, inputs) if fours.flavour is Flavour.DSP else 0
    place = "ef_at<int8_t>($scratch)" if spare else "nullptr"
    operands = f"{name}_lstm, $in0, $out0, $out1, $out2, {place}"
    return LoweredOp(
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
        biases.append(banks.plain_bank(op, matrix, given, by, source.zero_point).reshape(-1))
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


def _macs(op: Op, graph: Graph) -> int:
    source = graph.tensor(op.inputs[0])
    rows = source.elements // source.shape[-1]
    return rows * sum(graph.tensor(i).elements for i in op.inputs[1:9])


def _lower_real(op: Op, context: Context) -> LoweredOp:
    source = context.input(op)
    return lower_lstm_real(op, context, _sizes(op, source, context.output(op).shape[2]))


OPDEFS: Final = (
    OpDef(
        "UNIDIRECTIONAL_SEQUENCE_LSTM",
        constraints=(
            lstm_is_plain,
            lstm_types_are_8_and_16_bits,
            lstm_weights_are_constant,
            lstm_shapes_fit,
            lstm_scales_fit,
        ),
        lower=lower_lstm,
        headers=("lstm", "dense", "block4", "packed", "requantize", *LSTM_REAL_HEADERS),
        options=(
            71,
            (
                ("activation", 0, "i8", 0),
                ("cell_clip", 1, "f32", 0.0),
                ("projection_clip", 2, "f32", 0.0),
                ("time_major", 3, "bool", False),
            ),
        ),
        macs=_macs,
        resolver="AddUnidirectionalSequenceLSTM",
        real=RealForm(
            (lstm_is_plain, lstm_is_real, lstm_weights_are_constant, lstm_shapes_fit), _lower_real
        ),
    ),
)
