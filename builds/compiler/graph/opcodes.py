"""Numbers of the TensorFlow Lite schema: operators, their options, tensor types. Data only."""

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
_ACT: Final = "activation"

OPTIONS: Final[dict[str, tuple[int, tuple[Field, ...]]]] = {
    "CONV_2D": (
        1,
        (
            ("padding", 0, "i8", 0),
            ("stride_w", 1, "i32", 0),
            ("stride_h", 2, "i32", 0),
            (_ACT, 3, "i8", 0),
            ("dilation_w", 4, "i32", 1),
            ("dilation_h", 5, "i32", 1),
        ),
    ),
    "DEPTHWISE_CONV_2D": (
        2,
        (
            ("padding", 0, "i8", 0),
            ("stride_w", 1, "i32", 0),
            ("stride_h", 2, "i32", 0),
            ("multiplier", 3, "i32", 0),
            (_ACT, 4, "i8", 0),
            ("dilation_w", 5, "i32", 1),
            ("dilation_h", 6, "i32", 1),
        ),
    ),
    **dict.fromkeys(
        ("AVERAGE_POOL_2D", "MAX_POOL_2D"),
        (
            5,
            (
                ("padding", 0, "i8", 0),
                ("stride_w", 1, "i32", 0),
                ("stride_h", 2, "i32", 0),
                ("filter_w", 3, "i32", 0),
                ("filter_h", 4, "i32", 0),
                (_ACT, 5, "i8", 0),
            ),
        ),
    ),
    "SVDF": (6, (("rank", 0, "i32", 0), (_ACT, 1, "i8", 0))),
    "FULLY_CONNECTED": (
        8,
        ((_ACT, 0, "i8", 0), ("weights_format", 1, "i8", 0), ("keep_dims", 2, "bool", False)),
    ),
    "SOFTMAX": (9, (("beta", 0, "f32", 0.0),)),
    "CONCATENATION": (10, (("axis", 0, "i32", 0), (_ACT, 1, "i8", 0))),
    "ADD": (11, ((_ACT, 0, "i8", 0), ("pot_scale_int16", 1, "bool", True))),
    "L2_NORMALIZATION": (12, ((_ACT, 0, "i8", 0),)),
    "RESIZE_BILINEAR": (
        15,
        (("align_corners", 2, "bool", False), ("half_pixel_centers", 3, "bool", False)),
    ),
    "SPACE_TO_DEPTH": (19, (("block", 0, "i32", 0),)),
    "MUL": (21, ((_ACT, 0, "i8", 0),)),
    "GATHER": (23, (("axis", 0, "i32", 0), ("batch_dims", 1, "i32", 0))),
    **dict.fromkeys(
        ("MEAN", "SUM", "REDUCE_ALL", "REDUCE_ANY", "REDUCE_MAX", "REDUCE_MIN"),
        (27, (("keep_dims", 0, "bool", False),)),
    ),
    "SUB": (28, ((_ACT, 0, "i8", 0), ("pot_scale_int16", 1, "bool", True))),
    "STRIDED_SLICE": (
        32,
        (
            ("begin_mask", 0, "i32", 0),
            ("end_mask", 1, "i32", 0),
            ("ellipsis_mask", 2, "i32", 0),
            ("new_axis_mask", 3, "i32", 0),
            ("shrink_axis_mask", 4, "i32", 0),
            ("offset", 5, "bool", False),
        ),
    ),
    "SPLIT": (35, (("count", 0, "i32", 0),)),
    "ARG_MAX": (40, (("output_type", 0, "i8", 0),)),
    "TRANSPOSE_CONV": (
        49,
        (
            ("padding", 0, "i8", 0),
            ("stride_w", 1, "i32", 0),
            ("stride_h", 2, "i32", 0),
            (_ACT, 3, "i8", 0),
        ),
    ),
    "CUMSUM": (102, (("exclusive", 0, "bool", False), ("reverse", 1, "bool", False))),
    "DIV": (29, ((_ACT, 0, "i8", 0),)),
    "ARG_MIN": (57, (("output_type", 0, "i8", 0),)),
    "PACK": (59, (("count", 0, "i32", 0), ("axis", 1, "i32", 0))),
    "UNPACK": (64, (("count", 0, "i32", 0), ("axis", 1, "i32", 0))),
    "UNIDIRECTIONAL_SEQUENCE_LSTM": (
        71,
        (
            (_ACT, 0, "i8", 0),
            ("cell_clip", 1, "f32", 0.0),
            ("projection_clip", 2, "f32", 0.0),
            ("time_major", 3, "bool", False),
        ),
    ),
    "RESIZE_NEAREST_NEIGHBOR": (
        74,
        (("align_corners", 0, "bool", False), ("half_pixel_centers", 1, "bool", False)),
    ),
    "MIRROR_PAD": (77, (("mode", 0, "i8", 0),)),
    "LEAKY_RELU": (75, (("alpha", 0, "f32", 0.0),)),
    "SPLIT_V": (79, (("count", 0, "i32", 0),)),
    "DEPTH_TO_SPACE": (94, (("block", 0, "i32", 0),)),
    "BATCH_MATMUL": (101, (("adj_x", 0, "bool", False), ("adj_y", 1, "bool", False))),
    "IF": (92, (("then", 0, "i32", 0), ("otherwise", 1, "i32", 0))),
    "WHILE": (93, (("condition", 0, "i32", 0), ("body", 1, "i32", 0))),
    "GELU": (116, (("approximate", 0, "bool", False),)),
    "CALL_ONCE": (103, (("subgraph", 0, "i32", 0),)),
}
"""Per operator: the number of its options table in the union.

And the scalar fields that are read.
"""

VAR_HANDLE_OPTIONS: Final = 111  # its fields are the names of a container and a variable

ACTIVATIONS: Final[dict[int, str]] = {0: "NONE", 1: "RELU", 2: "RELU_N1_TO_1", 3: "RELU6"}
PADDINGS: Final[dict[int, str]] = {0: "SAME", 1: "VALID"}
