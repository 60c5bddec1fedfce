"""An ONNX model as plain data: what its file says, and no more."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from math import prod
from typing import Final

# The numbers of the format's element types.
DTYPES: Final = {
    1: "float32", 2: "uint8", 3: "int8", 4: "uint16", 5: "int16", 6: "int32", 7: "int64",
    8: "string", 9: "bool", 10: "float16", 11: "float64", 12: "uint32", 13: "uint64",
}  # fmt: skip
ITEM_BYTES: Final = {
    "float32": 4, "uint8": 1, "int8": 1, "uint16": 2, "int16": 2, "int32": 4, "int64": 8,
    "bool": 1, "float16": 2, "float64": 8, "uint32": 4, "uint64": 8,
}  # fmt: skip
CLASSICAL: Final = "ai.onnx.ml"
# What reads an image with its channels second.
IMAGE_READERS: Final = frozenset(
    {
        "AveragePool", "BatchNormalization", "Conv", "ConvTranspose", "DepthToSpace",
        "GlobalAveragePool", "GlobalMaxPool", "InstanceNormalization", "MaxPool", "Resize",
        "SpaceToDepth", "Upsample",
    }
)  # fmt: skip
# What may stand between an input and its reader, and leaves the order of sizes as it is.
NEUTRAL: Final = frozenset(
    {
        "Add", "Cast", "Clip", "DequantizeLinear", "Div", "Dropout", "Identity", "Mul", "Pad",
        "QuantizeLinear", "Relu", "Sub",
    }
)  # fmt: skip


@dataclass(frozen=True)
class OnnxValue:
    """An input or output; `shape` has 0 for a size that is not fixed, and is None if unknown."""

    name: str
    dtype: str
    shape: tuple[int, ...] | None


@dataclass(frozen=True)
class OnnxConstant:
    """A tensor of the file: `data` holds its elements in little-endian order."""

    name: str
    dtype: str
    shape: tuple[int, ...]
    data: bytes = field(repr=False)

    @property
    def elements(self) -> int:
        """How many there are by its shape."""
        return prod(self.shape)


Attribute = int | float | str | tuple[int, ...] | tuple[float, ...] | tuple[str, ...] | OnnxConstant


@dataclass(frozen=True)
class OnnxNode:
    """One operator; an optional input that is not given has an empty name."""

    kind: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    attributes: Mapping[str, Attribute] = field(default_factory=dict)
    name: str = ""
    domain: str = ""

    @property
    def label(self) -> str:
        """How sentences name it."""
        return f"{self.kind} ({(self.name or ', '.join(self.outputs))[:64]})"


@dataclass(frozen=True)
class OnnxModel:
    """The main graph, in the order of the file."""

    inputs: tuple[OnnxValue, ...]
    outputs: tuple[OnnxValue, ...]
    nodes: tuple[OnnxNode, ...]
    constants: Mapping[str, OnnxConstant]
    opsets: Mapping[str, int]  # by domain; "" is ONNX's own
    producer: str = ""
    known: Mapping[str, OnnxValue] = field(default_factory=dict)  # of values between operators

    @property
    def quantised(self) -> bool:
        """Whether the file brings its own scales (QDQ)."""
        return any(node.kind == "DequantizeLinear" for node in self.nodes)

    @property
    def ops(self) -> dict[str, int]:
        """How often each kind of operator occurs."""
        kinds = [node.kind for node in self.nodes]
        return {kind: kinds.count(kind) for kind in sorted(set(kinds))}

    @cached_property
    def images(self) -> frozenset[str]:
        """The values that go into an operator that reads images, found in one walk from the end:
        each operator of the file reads what was made before it.
        """
        found: set[str] = set()
        for node in reversed(self.nodes):
            if node.kind in IMAGE_READERS:
                found.update(node.inputs[:1])
            elif node.kind in NEUTRAL and not found.isdisjoint(node.outputs):
                found.update(node.inputs)
            found.discard("")  # an input that is not given
        return frozenset(found)

    def consumers(self, name: str) -> Sequence[OnnxNode]:
        """The operators that read a value."""
        return [node for node in self.nodes if name in node.inputs]
