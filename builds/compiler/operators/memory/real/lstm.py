"""UNIDIRECTIONAL_SEQUENCE_LSTM of real numbers; it keeps its state."""

from typing import Final

import numpy as np

from builds.compiler.graph import Graph, Op
from builds.compiler.operators.common import naming
from builds.compiler.operators.common.lowered_op import Context, LoweredOp, constant

LSTM_REAL_HEADERS: Final = ("window", "columns_real", "logistic_real", "lstm_real")
_HIDDEN, _CELL = 18, 19  # positions of the state among the inputs
_GATES = ((2, 6, 13), (1, 5, 12), (3, 7, 14), (4, 8, 15))  # forget, input, cell, output
_TANH = 4  # number of the activation in the schema


def lstm_is_real(op: Op, graph: Graph) -> bool:
    """In float32, all of an LSTM must be float32, and its activation TANH."""
    tensors = [graph.tensor(i) for i in (*op.inputs, *op.outputs) if i >= 0]
    return all(t.dtype == "float32" for t in tensors) and op.option("activation") == _TANH


def lower_lstm_real(op: Op, context: Context, sizes: list[int]) -> LoweredOp:
    """Lay the four gates of each state side by side; `sizes` as for integers."""
    source, hidden, cell = (context.input(op, n) for n in (0, _HIDDEN, _CELL))
    name = naming.function_name(op, context.graph)
    arrays = tuple(
        constant(f"{name}_{part}", "float", _together(op, context, column))
        for column, part in enumerate(("input_weights", "hidden_weights", "bias"))
    )
    clip = float(np.float32(op.options["cell_clip"])).hex()
    members = ", ".join([*map(str, sizes), *(a.name for a in arrays), f"{clip}f"])
    return LoweredOp(
        op,
        name,
        (source.index,),
        (op.outputs[0], hidden.index, cell.index),
        body=(f"ef_lstm_real({name}_lstm, $in0, $out0, $out1, $out2);",),
        runtime=(
            *("real", "unroll", "window", "columns_real"),
            *("exp_real", "tanh_real", "logistic_real", "lstm_real"),
        ),
        arrays=arrays,
        globals=(f"constexpr EfLstmReal {name}_lstm = {{{members}}};",),
    )


def _together(
    op: Op, context: Context, column: int
) -> np.ndarray[tuple[int], np.dtype[np.float32]]:
    """Order numbers by state, then by what they are multiplied with, then by gate."""
    parts = [context.input(op, gate[column]).array().astype(np.float32) for gate in _GATES]
    return np.stack(parts, axis=-1).reshape(-1)
