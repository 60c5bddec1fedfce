"""How much of a stranger's file is looked at. Every limit is a named number with its unit."""

from typing import Final

MODEL_BYTES: Final = 8 * 1024 * 1024  # of the file; constants cost about 100 bytes each on the way
TENSORS: Final = 16384  # per subgraph
OPS: Final = 4096  # per subgraph
BUFFERS: Final = 16384
RANK: Final = 6  # dimensions of a tensor
DIMENSION: Final = 1 << 20  # elements along one axis
TENSOR_ELEMENTS: Final = 1 << 24
UNROLLED_OPS: Final = 4096  # of a model whose loops were unrolled
TURNS: Final = 1024  # of one loop
ARITY: Final = 1024  # inputs or outputs of one operator
NAME_BYTES: Final = 1024  # of a tensor's name that are kept; converters join many into one
VARIABLE_NAME_BYTES: Final = 64 * 1024  # of a variable's name, which tells it from others
ACCUMULATOR: Final = (1 << 31) - 1  # largest int32, which no sum of products may pass
SCALE: Final = (1e-15, 1e15)  # of any tensor; ratios and products of these stay finite in float32
