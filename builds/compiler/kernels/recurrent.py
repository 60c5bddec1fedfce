"""UNIDIRECTIONAL_SEQUENCE_LSTM with 8-bit weights and a 16-bit cell, and SVDF.

Both keep state between runs.
"""

import math

import numpy as np

from builds.compiler import fixedpoint
from builds.compiler.graph import Op, Tensor
from builds.compiler.kernels import filters, naming
from builds.compiler.kernels.step import Array, Context, Step, constant, fixed
from builds.compiler.kernels.trained import trained_all
from builds.compiler.quant import Multiplier, quantize_multiplier

HIDDEN, CELL = 18, 19  # positions of an LSTM's state among its inputs
SVDF_STATE = 4
_GATES = {"forget": (2, 6, 13), "input": (1, 5, 12), "cell": (3, 7, 14), "output": (4, 8, 15)}
_GATE_SCALE = 2.0**-12  # of what goes into a gate's function
_FUNCTION_SCALE = 2.0**-15  # of what comes out
_INT16 = (-32768, 32767)


def lower_lstm(op: Op, context: Context) -> Step:
    """Turn an LSTM over a sequence into a step."""
    source, hidden, cell = (context.input(op, n) for n in (0, HIDDEN, CELL))
    name = naming.step_name(op, context.graph)
    arrays, gates = _gates(op, context, name)
    states = hidden.elements // batches_of(op, source)
    members = [*gates, *_sizes(op, source, states), *trained_all(_tanh_of_cell(cell))]
    members += trained_all((_clip(op, cell), *_products(hidden, cell)))
    members += [f"{name}_sigmoid"]
    table = fixed(f"{name}_sigmoid", "uint16_t", fixedpoint.sigmoid_table())
    return Step(
        op,
        name,
        (source.index,),
        (op.outputs[0], hidden.index, cell.index),
        body=(f"ef_lstm({name}_lstm, $in0, $out0, $out1, $out2, ef_at<int16_t>($scratch));",),
        runtime=("sigmoid16", "lstm"),
        arrays=(*arrays, table),
        globals=(f"constexpr EfLstm {name}_lstm = {{{', '.join(map(str, members))}}};",),
        scratch_bytes=len(_GATES) * 2 * hidden.elements,
    )


def batches_of(op: Op, source: Tensor) -> int:
    """Give the batch size of a sequence."""
    return source.shape[1] if op.options["time_major"] else source.shape[0]


def _sizes(op: Op, source: Tensor, states: int) -> list[int]:
    batches = batches_of(op, source)
    steps = source.shape[0] if op.options["time_major"] else source.shape[1]
    by_batch, by_step = (1, batches) if op.options["time_major"] else (steps, 1)
    return [batches, steps, source.shape[2], states, by_batch, by_step]


def _gates(op: Op, context: Context, name: str) -> tuple[list[Array], list[str]]:
    arrays: list[Array] = []
    texts: list[str] = []
    for gate, (w, r, b) in _GATES.items():
        bias = context.input(op, b).array().astype(np.int64).reshape(-1)
        parts = [(0, w, bias, "input"), (HIDDEN, r, None, "recurrent")]
        members: list[str] = []
        for source, weights, given, part in parts:
            made, by = _matrix(op, context, (source, weights), given, f"{name}_{gate}_{part}")
            arrays += made
            members += [*(a.name for a in made), *trained_all((by.value, by.shift))]
        texts.append("{" + ", ".join(members) + "}")
    return arrays, texts


def _matrix(
    op: Op,
    context: Context,
    operands: tuple[int, int],
    bias: np.ndarray[tuple[int, ...], np.dtype[np.int64]] | None,
    name: str,
) -> tuple[list[Array], Multiplier]:
    source, weights = (context.input(op, n) for n in operands)
    product = float(np.float32(source.scale) * np.float32(weights.scale))
    by = quantize_multiplier(product / _GATE_SCALE)
    matrix = weights.array().astype(np.int64)
    bank = filters.plain_bank(op, matrix, bias, by, source.zero_point)
    arrays = [
        constant(f"{name}_weights", "int8_t", matrix.reshape(-1)),
        constant(f"{name}_bias", "int32_t", bank),
    ]
    return arrays, by


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
    units = target.shape[-1]
    first = np.float32(source.scale) * np.float32(feature.scale) / np.float32(state.scale)
    second = np.float32(state.scale) * np.float32(time.scale) / np.float32(target.scale)
    scalings = [quantize_multiplier(float(real)) for real in (first, second)]
    numbers = [n for s in scalings for n in (s.value, s.shift)]
    filters_, memory = time.shape
    members = [source.shape[0], source.shape[1], filters_, memory, filters_ // units]
    item = {"int8": "int8_t", "int16": "int16_t"}[time.dtype]
    numbers += [source.zero_point, target.zero_point]
    bias = context.graph.operand(op, 3)
    biases = np.zeros(units, np.int64) if bias is None else bias.array().reshape(-1)
    arrays = (
        constant(f"{name}_feature", "int8_t", feature.array().reshape(-1)),
        constant(f"{name}_time", item, time.array().reshape(-1)),
        constant(f"{name}_bias", "int32_t", biases),
    )
    texts = [*map(str, members), *trained_all(numbers), *(a.name for a in arrays)]
    return Step(
        op,
        name,
        (source.index,),
        (target.index, state.index),
        body=(f"ef_svdf({name}_svdf, $in0, $out0, $out1);",),
        runtime=("svdf",),
        arrays=arrays,
        globals=(f"constexpr EfSvdf<{item}> {name}_svdf = {{{', '.join(texts)}}};",),
    )
