"""What the compiler asks of recurrent operators. One function, one constraint."""

import math

from builds.compiler.graph import ABSENT, Graph, Op, Tensor
from builds.compiler.kernels.memory.recurrent import CELL, HIDDEN, SVDF_STATE, batches_of

_LSTM_INPUTS = 24
_UNUSED = (9, 10, 11, 16, 17, 20, 21, 22, 23)  # peepholes, projection, layer normalisation
_TANH, _RELU, _NONE = 4, 1, 0


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
    scaled = all(_one_scale(t) for n, t in tensors.items() if kinds[n] != "int32")
    return typed and scaled and graph.tensor(op.outputs[0]).dtype == "int8"


def _one_scale(tensor: Tensor) -> bool:
    return tensor.quantization is not None and len(tensor.quantization.scales) == 1


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
    scaled = all(_one_scale(t) for t in (source, feature, target, time, state))
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
