"""Which function of TFLM's `MicroMutableOpResolver` registers which operator. Data."""

from collections.abc import Iterable
from typing import Final

from builds.export.errors import ExportError

# Names whose spelling does not follow from the operator's.
IRREGULAR: Final = {
    "AVERAGE_POOL_2D": "AddAveragePool2D",
    "BATCH_MATMUL": "AddBatchMatMul",
    "CONV_2D": "AddConv2D",
    "CUMSUM": "AddCumSum",
    "DEPTHWISE_CONV_2D": "AddDepthwiseConv2D",
    "L2_NORMALIZATION": "AddL2Normalization",
    "L2_POOL_2D": "AddL2Pool2D",
    "MAX_POOL_2D": "AddMaxPool2D",
    "PADV2": "AddPadV2",
    "SPLIT_V": "AddSplitV",
    "UNIDIRECTIONAL_SEQUENCE_LSTM": "AddUnidirectionalSequenceLSTM",
}
REGULAR: Final = frozenset(
    """
ABS ADD ADD_N ARG_MAX ARG_MIN ASSIGN_VARIABLE BATCH_TO_SPACE_ND BROADCAST_ARGS BROADCAST_TO
CALL_ONCE CAST CEIL CONCATENATION COS DEPTH_TO_SPACE DEQUANTIZE DIV ELU EQUAL EXP EXPAND_DIMS FILL
FLOOR FLOOR_DIV FLOOR_MOD FULLY_CONNECTED GATHER GATHER_ND GREATER GREATER_EQUAL HARD_SWISH IF
LEAKY_RELU LESS LESS_EQUAL LOG LOGICAL_AND LOGICAL_NOT LOGICAL_OR LOGISTIC LOG_SOFTMAX MAXIMUM
MEAN MINIMUM MIRROR_PAD MUL NEG NOT_EQUAL PACK PAD PRELU QUANTIZE READ_VARIABLE REDUCE_ALL
REDUCE_MAX REDUCE_MIN RELU RELU6 RESHAPE RESIZE_BILINEAR RESIZE_NEAREST_NEIGHBOR REVERSE_V2 ROUND
RSQRT SELECT_V2 SHAPE SIN SLICE SOFTMAX SPACE_TO_BATCH_ND SPACE_TO_DEPTH SPLIT SQRT SQUARE
SQUARED_DIFFERENCE SQUEEZE STRIDED_SLICE SUB SUM SVDF TANH TRANSPOSE TRANSPOSE_CONV UNPACK
VAR_HANDLE WHILE ZEROS_LIKE
""".split()
)


def add_function(kind: str) -> str:
    """The name of the resolver's function for an operator."""
    if kind in IRREGULAR:
        return IRREGULAR[kind]
    if kind in REGULAR:
        return "Add" + "".join(part.capitalize() for part in kind.split("_"))
    raise ExportError(f"TensorFlow Lite Micro's resolver has no function for {kind}.")


def add_functions(kinds: Iterable[str]) -> tuple[str, ...]:
    """The functions for these operators, each once, in the order of their names."""
    return tuple(sorted({add_function(kind) for kind in kinds}))
