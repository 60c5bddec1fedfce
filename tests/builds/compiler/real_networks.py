"""Networks of real numbers for tests: every operator that has a form in float32."""

from collections.abc import Sequence

import numpy as np

from tests.builds.compiler.modelfile import TensorSpec
from tests.builds.compiler.networks import Net, Shape

_WINDOW = {"stride_h": 1, "stride_w": 1, "dilation_h": 1, "dilation_w": 1}
_GATES = (*range(1, 9), *range(12, 16))  # operands of an LSTM that are learned


def real(net: Net, shape: Shape, dtype: str = "float32", *, variable: bool = False) -> int:
    """Add a tensor without a scale."""
    return net.spec.tensor(TensorSpec(shape, dtype, variable=variable))


def learned(net: Net, shape: Shape, reach: float = 1.0) -> int:
    """Add constant weights."""
    return net.spec.constant(net.dice.uniform(-reach, reach, shape).astype(np.float32))


def given(net: Net, shape: Shape) -> int:
    """Add an input of the model."""
    net.spec.inputs.append(real(net, shape))
    return net.spec.inputs[-1]


def made(net: Net, shape: Shape) -> int:
    """Add an output of the model."""
    net.spec.outputs.append(real(net, shape))
    return net.spec.outputs[-1]


def add(net: Net, kind: str, operands: Sequence[int], shape: Shape, **options: float) -> int:
    """Add an operator whose result is an output of the model; give that."""
    result = made(net, shape)
    net.spec.op(kind, operands, (result,), **options)
    return result


def add_layers(net: Net) -> None:
    """Add layers with weights and windows, over one image and its rows."""
    image = given(net, (1, 6, 7, 5))
    kept, halved = {"padding": 0, **_WINDOW}, {"padding": 0, "stride_h": 2, "stride_w": 2}
    filters = (image, learned(net, (6, 3, 3, 5)), learned(net, (6,)))
    conv = add(net, "CONV_2D", filters, (1, 6, 7, 6), activation=3, **kept)
    add(net, "CONV_2D", (conv, learned(net, (6, 2, 2, 3))), (1, 3, 4, 6), activation=1, **halved)
    deep = (image, learned(net, (1, 3, 3, 10)), learned(net, (10,)))
    add(net, "DEPTHWISE_CONV_2D", deep, (1, 6, 7, 10), multiplier=2, activation=0, **kept)
    flat = (image, learned(net, (1, 3, 2, 5)), learned(net, (5,)))
    add(net, "DEPTHWISE_CONV_2D", flat, (1, 3, 4, 5), multiplier=1, activation=2, **halved)
    back = (net.integers([1, 12, 14, 5]), learned(net, (5, 3, 3, 6)), conv, learned(net, (5,)))
    add(net, "TRANSPOSE_CONV", back, (1, 12, 14, 5), activation=1, **halved)
    pool = {"filter_h": 3, "filter_w": 2, "activation": 0, **halved}
    for kind in ("AVERAGE_POOL_2D", "MAX_POOL_2D", "L2_POOL_2D"):
        add(net, kind, (image,), (1, 3, 4, 5), **pool)
    size = net.integers([9, 5])
    add(net, "RESIZE_BILINEAR", (image, size), (1, 9, 5, 5), half_pixel_centers=True)
    pads = net.integers([[0, 0], [1, 0], [0, 2], [0, 0]])
    add(net, "PAD", (image, pads), (1, 7, 9, 5))
    lowest = net.spec.constant(np.asarray([-np.inf], np.float32))
    add(net, "PADV2", (image, pads, lowest), (1, 7, 9, 5))
    rows = given(net, (3, 9))
    dense = (rows, learned(net, (7, 9)), learned(net, (7,)))
    add(net, "FULLY_CONNECTED", dense, (3, 7), activation=1)
    add(net, "BATCH_MATMUL", (rows, rows), (3, 3), adj_y=True)


def add_functions(net: Net) -> None:
    """Add functions of one value, and of a row, over one tensor."""
    values = given(net, (4, 11))
    size = add(net, "ABS", (values,), (4, 11))
    for kind in (
        *("CEIL", "COS", "ELU", "EXP", "FLOOR", "HARD_SWISH", "LOG", "LOGISTIC", "NEG", "RELU"),
        *("RELU6", "ROUND", "SIN", "SQUARE", "TANH", "LOG_SOFTMAX", "L2_NORMALIZATION"),
    ):
        add(net, kind, (size if kind == "LOG" else values,), (4, 11))
    for kind in ("SQRT", "RSQRT"):
        add(net, kind, (size,), (4, 11))
    add(net, "LEAKY_RELU", (values,), (4, 11), alpha=0.3)
    add(net, "SOFTMAX", (values,), (4, 11), beta=1.5)
    add(net, "PRELU", (values, learned(net, (11,))), (4, 11))
    add(net, "FLOOR_DIV", (values, learned(net, (11,))), (4, 11))
    add(net, "FLOOR_MOD", (values, learned(net, (4, 11))), (4, 11))
    add(net, "ADD_N", (values, size, learned(net, (4, 11))), (4, 11))
    cube = given(net, (2, 3, 5))
    for kind, axes, shape in (
        *(("MEAN", [1], (2, 5)), ("SUM", [0, 2], (3,))),
        *(("REDUCE_MAX", [2], (2, 3)), ("REDUCE_MIN", [0], (3, 5))),
    ):
        add(net, kind, (cube, net.integers(axes)), shape)


def add_lstm(net: Net) -> None:
    """Add an LSTM with its state."""
    batches, steps, inputs, states = 2, 3, 4, 5
    operands = [-1] * 24
    operands[0] = given(net, (batches, steps, inputs))
    for place in _GATES:
        shape = (states,) if place > 8 else (states, inputs if place < 5 else states)
        operands[place] = learned(net, shape)
    for place in (18, 19):
        operands[place] = real(net, (batches, states), variable=True)
    made_of = (batches, steps, states)
    add(net, "UNIDIRECTIONAL_SEQUENCE_LSTM", operands, made_of, activation=4, cell_clip=0.7)


def layers() -> bytes:
    """Give a model of layers."""
    net = Net(21)
    add_layers(net)
    return net.build()


def functions() -> bytes:
    """Give a model of functions and reductions."""
    net = Net(22)
    add_functions(net)
    return net.build()


def lstm() -> bytes:
    """Give a model of one LSTM."""
    net = Net(23)
    add_lstm(net)
    return net.build()


def mixed() -> bytes:
    """Give a network that goes from integers to real numbers, and back, with layers in both."""
    net = Net(24)
    source = net.source((1, 8), scale=0.1, zero=3)
    weights = net.weights((6, 8), axis=None)
    bias = net.bias(source, weights, 6, reach=50)
    whole = net.spec.activation((1, 6), 0.2, 5)
    net.spec.op("FULLY_CONNECTED", (source, weights, bias), (whole,), activation=0)
    inner = [real(net, (1, 6)), real(net, (1, 4)), real(net, (1, 4))]
    net.spec.op("DEQUANTIZE", (whole,), (inner[0],))
    dense = (inner[0], learned(net, (4, 6)), learned(net, (4,)))
    net.spec.op("FULLY_CONNECTED", dense, (inner[1],), activation=0)
    net.spec.op("TANH", (inner[1],), (inner[2],))
    add(net, "SOFTMAX", (inner[2],), (1, 4), beta=1.0)
    back = net.result((1, 4), scale=1 / 128, zero=0)
    net.spec.op("QUANTIZE", (inner[2],), (back,))
    return net.build()


def hybrid() -> bytes:
    """Give a dense layer of real numbers whose weights have 8 bits."""
    net = Net(25)
    operands = (given(net, (1, 8)), net.weights((4, 8), axis=None))
    add(net, "FULLY_CONNECTED", operands, (1, 4), activation=0)
    return net.build()
