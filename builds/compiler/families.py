"""The table from operator to the function that lowers it."""

from collections.abc import Callable, Mapping
from typing import Final

from builds.compiler.graph import Op
from builds.compiler.kernels.binary import lower_add
from builds.compiler.kernels.conv import lower_conv
from builds.compiler.kernels.dense import lower_dense
from builds.compiler.kernels.depthwise import lower_depthwise
from builds.compiler.kernels.elementwise import (
    lower_dequantize,
    lower_quantize,
    lower_relu,
    lower_relu6,
)
from builds.compiler.kernels.pad import lower_pad
from builds.compiler.kernels.pool import lower_pool
from builds.compiler.kernels.reduce import lower_reduce
from builds.compiler.kernels.softmax import lower_softmax
from builds.compiler.kernels.step import Context, Step

FAMILIES: Final[Mapping[str, Callable[[Op, Context], Step]]] = {
    "ADD": lower_add,
    "AVERAGE_POOL_2D": lower_pool,
    "CONV_2D": lower_conv,
    "DEPTHWISE_CONV_2D": lower_depthwise,
    "DEQUANTIZE": lower_dequantize,
    "FULLY_CONNECTED": lower_dense,
    "MAX_POOL_2D": lower_pool,
    "MEAN": lower_reduce,
    "PAD": lower_pad,
    "PADV2": lower_pad,
    "QUANTIZE": lower_quantize,
    "RELU": lower_relu,
    "RELU6": lower_relu6,
    "SOFTMAX": lower_softmax,
    "SUM": lower_reduce,
}
