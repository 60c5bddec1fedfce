"""Small valid models that together use most operators: what mutants are made of."""

from tests.builds.compiler import real_networks
from tests.builds.compiler.loops import looped
from tests.builds.compiler.masks import BROADCASTS, add_plain
from tests.builds.compiler.networks import Conv, Net, add_binary, add_unary, given_wide, made_wide
from tests.builds.compiler.operators.arithmetic.comparison import add_comparison
from tests.builds.compiler.operators.arithmetic.div import add_quotient
from tests.builds.compiler.operators.arithmetic.logical import add_logic
from tests.builds.compiler.operators.arithmetic.select import add_choice
from tests.builds.compiler.operators.conversion.cast import add_cast
from tests.builds.compiler.operators.conversion.quantize import add_real_functions, add_unsigned
from tests.builds.compiler.operators.filters.batch_matmul import add_product
from tests.builds.compiler.operators.filters.conv_2d import add_conv
from tests.builds.compiler.operators.filters.depthwise_conv_2d import add_depthwise
from tests.builds.compiler.operators.filters.fully_connected import add_dense
from tests.builds.compiler.operators.filters.pool_2d import add_pool
from tests.builds.compiler.operators.filters.transpose_conv import add_transpose_conv
from tests.builds.compiler.operators.images.depth_to_space import add_blocks
from tests.builds.compiler.operators.images.pad import add_pad
from tests.builds.compiler.operators.images.resize import add_bilinear, add_resize
from tests.builds.compiler.operators.images.space_to_batch_nd import BATCHES, add_both_ways
from tests.builds.compiler.operators.memory.svdf import svdf
from tests.builds.compiler.operators.memory.unidirectional_sequence_lstm import lstm
from tests.builds.compiler.operators.memory.variable import running_sum
from tests.builds.compiler.operators.movement.concatenation import add_concatenation
from tests.builds.compiler.operators.movement.gather import add_gather, add_look_up
from tests.builds.compiler.operators.movement.slice import add_strided_slice
from tests.builds.compiler.operators.movement.split import add_split
from tests.builds.compiler.operators.reductions.arg_max import add_place
from tests.builds.compiler.operators.reductions.cumsum import add_running_sum
from tests.builds.compiler.operators.reductions.mean import add_reduce
from tests.builds.compiler.operators.reductions.reduce_max import add_largest, add_reduced_mask
from tests.builds.compiler.operators.reductions.softmax import add_softmax
from tests.builds.compiler.test_float_tails_are_left_to_the_caller import tailed
from tests.builds.compiler.test_operators_that_rearrange_match_tflm import add_turned
from tests.builds.compiler.test_shapes_are_folded import flattening
from tests.builds.compiler.test_sixteen_bit_activations_match_tflm import (
    add_layers,
    add_wide_functions,
)


def mixed_model() -> bytes:
    """One of every operator of ordinary networks, small."""
    net = Net(7)
    add_conv(net, Conv(4, 4, 2, 3, (3, 3)))
    add_depthwise(net, Conv(4, 4, 4, 1, (3, 3)))
    add_dense(net, 1, 8, 5)
    add_pool(net, Conv(4, 4, 3, 1, (2, 2), stride=(2, 2)), "AVERAGE_POOL_2D")
    add_pool(net, Conv(4, 4, 3, 1, (2, 2), stride=(2, 2)), "MAX_POOL_2D")
    add_softmax(net, 1, 6)
    add_binary(net, "ADD", (1, 2, 3), (1, 2, 3), (1, 2, 3))
    add_unary(net, "RELU", (1, 4))
    add_reduce(net, "MEAN", (1, 3, 3, 2), [1, 2], keep=False)
    add_pad(net, (1, 2, 2, 1), [[0, 0], [1, 1], [0, 1], [0, 0]])
    return net.build()


def arithmetic_model() -> bytes:
    """Arithmetic and functions."""
    net = Net(5)
    for kind in ("MUL", "SUB", "MAXIMUM", "SQUARED_DIFFERENCE"):
        add_binary(net, kind, (1, 2, 3), (3,), (1, 2, 3))
    for kind in ("ABS", "HARD_SWISH", "L2_NORMALIZATION", "RELU6"):
        add_unary(net, kind, (2, 5))
    add_unary(net, "LEAKY_RELU", (2, 5), alpha=0.1)
    return net.build()


def moving_model() -> bytes:
    """Operators that move data and choose from it."""
    net = Net(4)
    add_transpose_conv(net, (1, 4, 3, 2), 3, (3, 2), (2, 2), padding=0)
    add_bilinear(net, (1, 3, 4, 2), (5, 6), half_pixel_centers=True)
    add_resize(net, (1, 3, 4, 2), (5, 6))
    add_largest(net, (2, 3, 4), [1], keep=True)
    add_place(net, "ARG_MIN", (2, 5, 3), 1)
    add_concatenation(net, [(2, 3), (2, 5)], 1, constant=True)
    add_strided_slice(net, (6, 5, 3), [(5, 0, -2), (-1, -6, -1), (0, 3, 1)])
    add_gather(net, (2, 5, 3), 1, [4, 0, 2])
    add_blocks(net, "SPACE_TO_DEPTH", (1, 2, 3, 2), 2)
    add_split(net, (2, 3), 0, 3)
    return net.build()


def wide_model() -> bytes:
    """Activations of 16 bits, and shapes that are worked out."""
    net = Net(9)
    add_layers(net, 3, 4, 2, 3)
    source = given_wide(net, (2, 5), scale=1e-3)
    net.spec.op("SOFTMAX", (source,), (made_wide(net, (2, 5), scale=2**-15),), beta=1.0)
    net.spec.op("QUANTIZE", (net.source((2, 3)),), (made_wide(net, (2, 3)),))
    flattening(net)
    return net.build()


def newer_model() -> bytes:
    """Rearranged blocks, functions of real numbers, arithmetic of 16 bits, bytes without a sign."""
    net = Net(8)
    for operands in BATCHES[1:3]:
        add_both_ways(net, *operands)
    add_turned(net)
    add_real_functions(net, ["NEG", "SIN"])
    for kind in ("ELU", "GELU", "RSQRT"):
        add_unary(net, kind, (2, 5))
    add_wide_functions(net, (2, 5))
    add_unsigned(net, (2, 3))
    return net.build()


def mask_model() -> bytes:
    """Comparisons, choices, changes of type, arithmetic without a scale, a quotient."""
    net = Net(6)
    add_comparison(net, "GREATER", "int8", BROADCASTS[1])
    add_comparison(net, "LESS_EQUAL", "float32", BROADCASTS[0])
    add_logic(net, BROADCASTS[3])
    add_choice(net, "int8", ((2, 1), (2, 3), (1, 3), (2, 3)))
    add_cast(net, "float32", "int8", (2, 3))
    add_cast(net, "int8", "int32", (2, 3), through=True)
    add_plain(net, "ADD", "float32", BROADCASTS[2], activation=3)
    add_plain(net, "MUL", "int32", BROADCASTS[0])
    add_quotient(net, (2, 3), (3,), (2, 3), scale=0.1, zero=4)
    add_reduced_mask(net, "REDUCE_ALL", [1], (2, 4))
    return net.build()


def running_model() -> bytes:
    """Running sums, look-ups with computed indices, products of activations, the smallest."""
    net = Net(2)
    add_running_sum(net, "int8", (2, 3), 1, reverse=True)
    add_running_sum(net, "float32", (2, 3), 0, exclusive=True)
    add_look_up(net, 1, constant=True)
    add_look_up(net, 0, constant=False)
    add_product(net, (2, 3), 4)
    add_largest(net, (2, 3, 4), [1], keep=False, kind="REDUCE_MIN")
    for kind in ("LOG", "SQRT"):
        add_unary(net, kind, (2, 5))
    net.spec.op("LOG_SOFTMAX", (net.source((2, 5)),), (net.result((2, 5), scale=1 / 16, zero=127),))
    return net.build()


def small_models() -> dict[str, bytes]:
    """Every model, by name."""
    return {
        "mixed": mixed_model(),
        "arithmetic": arithmetic_model(),
        "moving": moving_model(),
        "lstm": lstm(1, 1, 2, 3, 4),
        "svdf": svdf(1, 1, 3, 4, 1, 3, "int8"),
        "variable": running_sum([1, -2, 3, -128, 127, 0]),
        "wide": wide_model(),
        "newer": newer_model(),
        "mask": mask_model(),
        "running": running_model(),
        "loop": looped(1, 3),
        "tail": tailed(["RESHAPE", "LOG_SOFTMAX"]).build(),
        "real": real_networks.mixed(),
    }
