"""How much of a stranger's file is looked at. Every limit is a named number with its unit."""

from typing import Final

MODEL_BYTES: Final = 64 * 1024 * 1024  # of the file
TENSORS: Final = 4096  # per subgraph
OPS: Final = 2048  # per subgraph
BUFFERS: Final = 8192
RANK: Final = 6  # dimensions of a tensor
DIMENSION: Final = 1 << 20  # elements along one axis
TENSOR_ELEMENTS: Final = 1 << 24
ARITY: Final = 64  # inputs or outputs of one operator
NAME_BYTES: Final = 1024  # of a tensor's name
ACCUMULATOR: Final = (1 << 31) - 1  # largest int32, which no sum of products may pass
