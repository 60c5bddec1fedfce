"""The table from operator to the function that lowers it."""

from collections.abc import Callable, Mapping
from typing import Final

from builds.compiler.graph import CONSTANT, Op
from builds.compiler.kernels.elementwise.binary import BINARY
from builds.compiler.kernels.elementwise.choose import lower_arg, lower_reduce_extreme
from builds.compiler.kernels.elementwise.compare import COMPARE
from builds.compiler.kernels.elementwise.cumsum import lower_cumsum
from builds.compiler.kernels.elementwise.divide import lower_divide
from builds.compiler.kernels.elementwise.elementwise import (
    lower_dequantize,
    lower_quantize,
    lower_relu,
    lower_relu6,
    lower_relu_n1_to_1,
)
from builds.compiler.kernels.elementwise.functions import FUNCTIONS, lower_table
from builds.compiler.kernels.elementwise.l2_norm import lower_l2_norm
from builds.compiler.kernels.elementwise.log_softmax import lower_log_softmax
from builds.compiler.kernels.elementwise.plain import (
    lower_cast,
    lower_negate,
    lower_zeros_like,
    plain_or,
)
from builds.compiler.kernels.elementwise.reduce import lower_reduce
from builds.compiler.kernels.elementwise.select import lower_select
from builds.compiler.kernels.elementwise.softmax import lower_softmax
from builds.compiler.kernels.filters.batch_matmul import lower_batch_matmul
from builds.compiler.kernels.filters.conv import lower_conv
from builds.compiler.kernels.filters.dense import lower_dense
from builds.compiler.kernels.filters.depthwise import lower_depthwise
from builds.compiler.kernels.filters.pool import lower_pool
from builds.compiler.kernels.filters.transpose_conv import lower_transpose_conv
from builds.compiler.kernels.lowering.step import Context, Step
from builds.compiler.kernels.memory.recurrent import lower_lstm, lower_svdf
from builds.compiler.kernels.memory.state import lower_assign_variable, lower_read_variable
from builds.compiler.kernels.movement.fill import lower_fill
from builds.compiler.kernels.movement.look_up import look_up_or
from builds.compiler.kernels.movement.move import (
    lower_concatenation,
    lower_constant,
    lower_depth_to_space,
    lower_gather,
    lower_pack,
    lower_space_to_depth,
    lower_split,
    lower_split_v,
    lower_transpose,
    lower_unpack,
)
from builds.compiler.kernels.movement.pad import lower_pad
from builds.compiler.kernels.movement.rearrange import BLOCKS, lower_rearranged
from builds.compiler.kernels.movement.resize import lower_resize_bilinear, lower_resize_nearest
from builds.compiler.kernels.movement.slices import lower_slice, lower_strided_slice

FAMILIES: Final[Mapping[str, Callable[[Op, Context], Step]]] = {
    **{kind: plain_or(lower) for kind, lower in BINARY.items()},
    **COMPARE,
    **dict.fromkeys(BLOCKS, lower_rearranged),
    **dict.fromkeys(FUNCTIONS, lower_table),
    CONSTANT: lower_constant,
    "ARG_MAX": lower_arg,
    "ARG_MIN": lower_arg,
    "ASSIGN_VARIABLE": lower_assign_variable,
    "AVERAGE_POOL_2D": lower_pool,
    "BATCH_MATMUL": lower_batch_matmul,
    "CAST": lower_cast,
    "CONCATENATION": lower_concatenation,
    "CONV_2D": lower_conv,
    "CUMSUM": lower_cumsum,
    "DEPTHWISE_CONV_2D": lower_depthwise,
    "DEPTH_TO_SPACE": lower_depth_to_space,
    "DEQUANTIZE": lower_dequantize,
    "DIV": plain_or(lower_divide),
    "FILL": lower_fill,
    "FULLY_CONNECTED": lower_dense,
    "GATHER": look_up_or(lower_gather),
    "L2_NORMALIZATION": lower_l2_norm,
    "LOG_SOFTMAX": lower_log_softmax,
    "MAX_POOL_2D": lower_pool,
    "MEAN": lower_reduce,
    "NEG": lower_negate,
    "PACK": lower_pack,
    "PAD": lower_pad,
    "PADV2": lower_pad,
    "QUANTIZE": lower_quantize,
    "READ_VARIABLE": lower_read_variable,
    "REDUCE_ALL": lower_reduce_extreme,
    "REDUCE_ANY": lower_reduce_extreme,
    "REDUCE_MAX": lower_reduce_extreme,
    "REDUCE_MIN": lower_reduce_extreme,
    "RELU": lower_relu,
    "RELU6": lower_relu6,
    "RELU_N1_TO_1": lower_relu_n1_to_1,
    "RESIZE_BILINEAR": lower_resize_bilinear,
    "RESIZE_NEAREST_NEIGHBOR": lower_resize_nearest,
    "SELECT": lower_select,
    "SELECT_V2": lower_select,
    "SLICE": lower_slice,
    "SOFTMAX": lower_softmax,
    "SPACE_TO_DEPTH": lower_space_to_depth,
    "SPLIT": lower_split,
    "SPLIT_V": lower_split_v,
    "STRIDED_SLICE": lower_strided_slice,
    "SUM": lower_reduce,
    "SVDF": lower_svdf,
    "TRANSPOSE": lower_transpose,
    "TRANSPOSE_CONV": lower_transpose_conv,
    "UNIDIRECTIONAL_SEQUENCE_LSTM": lower_lstm,
    "UNPACK": lower_unpack,
    "ZEROS_LIKE": lower_zeros_like,
}
