"""Numbers of the TensorFlow Lite schema: operators, their options, tensor types. Data only."""

from collections.abc import Mapping
from typing import Final

OPERATORS: Final[tuple[str, ...]] = tuple(
    """
ADD AVERAGE_POOL_2D CONCATENATION CONV_2D DEPTHWISE_CONV_2D DEPTH_TO_SPACE DEQUANTIZE
EMBEDDING_LOOKUP FLOOR FULLY_CONNECTED HASHTABLE_LOOKUP L2_NORMALIZATION L2_POOL_2D
LOCAL_RESPONSE_NORMALIZATION LOGISTIC LSH_PROJECTION LSTM MAX_POOL_2D MUL RELU RELU_N1_TO_1 RELU6
RESHAPE RESIZE_BILINEAR RNN SOFTMAX SPACE_TO_DEPTH SVDF TANH CONCAT_EMBEDDINGS SKIP_GRAM CALL
CUSTOM EMBEDDING_LOOKUP_SPARSE PAD UNIDIRECTIONAL_SEQUENCE_RNN GATHER BATCH_TO_SPACE_ND
SPACE_TO_BATCH_ND TRANSPOSE MEAN SUB DIV SQUEEZE UNIDIRECTIONAL_SEQUENCE_LSTM STRIDED_SLICE
BIDIRECTIONAL_SEQUENCE_RNN EXP TOPK_V2 SPLIT LOG_SOFTMAX DELEGATE BIDIRECTIONAL_SEQUENCE_LSTM CAST
PRELU MAXIMUM ARG_MAX MINIMUM LESS NEG PADV2 GREATER GREATER_EQUAL LESS_EQUAL SELECT SLICE SIN
TRANSPOSE_CONV SPARSE_TO_DENSE TILE EXPAND_DIMS EQUAL NOT_EQUAL LOG SUM SQRT RSQRT SHAPE POW
ARG_MIN FAKE_QUANT REDUCE_PROD REDUCE_MAX PACK LOGICAL_OR ONE_HOT LOGICAL_AND LOGICAL_NOT UNPACK
REDUCE_MIN FLOOR_DIV REDUCE_ANY SQUARE ZEROS_LIKE FILL FLOOR_MOD RANGE RESIZE_NEAREST_NEIGHBOR
LEAKY_RELU SQUARED_DIFFERENCE MIRROR_PAD ABS SPLIT_V UNIQUE CEIL REVERSE_V2 ADD_N GATHER_ND COS
WHERE RANK ELU REVERSE_SEQUENCE MATRIX_DIAG QUANTIZE MATRIX_SET_DIAG ROUND HARD_SWISH IF WHILE
NON_MAX_SUPPRESSION_V4 NON_MAX_SUPPRESSION_V5 SCATTER_ND SELECT_V2 DENSIFY SEGMENT_SUM BATCH_MATMUL
PLACEHOLDER_FOR_GREATER_OP_CODES CUMSUM CALL_ONCE BROADCAST_TO RFFT2D CONV_3D IMAG REAL COMPLEX_ABS
HASHTABLE HASHTABLE_FIND HASHTABLE_IMPORT HASHTABLE_SIZE REDUCE_ALL CONV_3D_TRANSPOSE VAR_HANDLE
READ_VARIABLE ASSIGN_VARIABLE BROADCAST_ARGS RANDOM_STANDARD_NORMAL BUCKETIZE RANDOM_UNIFORM
MULTINOMIAL GELU DYNAMIC_UPDATE_SLICE RELU_0_TO_1 UNSORTED_SEGMENT_PROD UNSORTED_SEGMENT_MAX
UNSORTED_SEGMENT_SUM ATAN2 UNSORTED_SEGMENT_MIN SIGN BITCAST BITWISE_XOR RIGHT_SHIFT
""".split()
)
"""Names by number, in the schema's order."""

OWN: Final = ("EDGEFLEET_TREES", "EDGEFLEET_DISTANCES")
"""Operators that only this compiler has; a file names them by the text of a custom operator."""
OWN_BYTES: Final = 64  # of such a text

PLACEHOLDER: Final = (
    127  # deprecated_builtin_code holds this when the number does not fit in a byte
)

DTYPES: Final[dict[int, str]] = {
    0: "float32",
    1: "float16",
    2: "int32",
    3: "uint8",
    4: "int64",
    6: "bool",
    7: "int16",
    9: "int8",
    10: "float64",
    13: "resource",
    15: "uint32",
    16: "uint16",
    17: "int4",
}

OTHER_DTYPES: Final[dict[int, str]] = {
    5: "string",
    8: "complex64",
    11: "complex128",
    12: "uint64",
    14: "variant",
    18: "bfloat16",
    19: "int2",
    20: "uint4",
}
"""Types that are named only to refuse them."""

ITEM_BYTES: Final[dict[str, int]] = {
    "float32": 4,
    "float16": 2,
    "int32": 4,
    "uint8": 1,
    "int64": 8,
    "bool": 1,
    "int16": 2,
    "int8": 1,
    "float64": 8,
    "resource": 4,
    "uint32": 4,
    "uint16": 2,
    "int4": 1,
}

Field = tuple[str, int, str, int | float | bool]
"""A field of an options table: its name here, its slot, type and default."""

CONTROL_OPTIONS: Final[Mapping[str, tuple[int, tuple[Field, ...]]]] = {
    "IF": (92, (("then", 0, "i32", 0), ("otherwise", 1, "i32", 0))),
    "WHILE": (93, (("condition", 0, "i32", 0), ("body", 1, "i32", 0))),
    "CALL_ONCE": (103, (("subgraph", 0, "i32", 0),)),
}
"""Options of the operators that carry values between subgraphs; all others have theirs in
`builds.compiler.operators`."""

VAR_HANDLE_OPTIONS: Final = 111  # its fields are the names of a container and a variable

ACTIVATIONS: Final[dict[int, str]] = {0: "NONE", 1: "RELU", 2: "RELU_N1_TO_1", 3: "RELU6"}
PADDINGS: Final[dict[int, str]] = {0: "SAME", 1: "VALID"}
