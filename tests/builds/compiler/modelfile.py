"""Writes `.tflite` files for tests: a model as plain data, turned into a flatbuffer."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import flatbuffers
import numpy as np
import numpy.typing as npt

from builds.compiler.graph.opcodes import DTYPES, OPERATORS, OWN, VAR_HANDLE_OPTIONS
from builds.compiler.operators.table import OPTIONS

_TYPE_CODES = {name: code for code, name in DTYPES.items()}
_PREPEND = {
    "i8": "PrependInt8Slot",
    "i32": "PrependInt32Slot",
    "f32": "PrependFloat32Slot",
    "bool": "PrependBoolSlot",
}


@dataclass
class TensorSpec:
    """One tensor of a model under construction."""

    shape: tuple[int, ...]
    dtype: str = "int8"
    scales: tuple[float, ...] = ()
    zeros: tuple[int, ...] = ()
    axis: int = 0
    data: npt.NDArray[np.generic] | None = None
    name: str = ""
    variable: bool = False


@dataclass
class OpSpec:
    """One operator of a model under construction."""

    kind: str
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    options: dict[str, int | float | bool] = field(default_factory=dict)
    version: int = 1
    resource: str = ""


@dataclass
class ModelSpec:
    """A model under construction; `build` gives the file."""

    tensors: list[TensorSpec] = field(default_factory=list)
    ops: list[OpSpec] = field(default_factory=list)
    inputs: list[int] = field(default_factory=list)
    outputs: list[int] = field(default_factory=list)
    others: list["ModelSpec"] = field(default_factory=list)  # subgraphs after the first

    def tensor(self, spec: TensorSpec) -> int:
        """Add a tensor; give its index."""
        spec.name = spec.name or f"tensor_{len(self.tensors)}"
        self.tensors.append(spec)
        return len(self.tensors) - 1

    def activation(self, shape: Sequence[int], scale: float, zero: int) -> int:
        """Add an int8 activation."""
        return self.tensor(TensorSpec(tuple(shape), "int8", (scale,), (zero,)))

    def constant(self, values: npt.NDArray[np.generic], **quantization: object) -> int:
        """Add a constant."""
        array = np.asarray(values)
        return self.tensor(
            TensorSpec(array.shape, array.dtype.name, data=array, **quantization)  # type: ignore[arg-type]
        )

    def op(
        self,
        kind: str,
        inputs: Sequence[int],
        outputs: Sequence[int],
        **options: int | float | bool,
    ) -> None:
        """Add an operator."""
        self.ops.append(OpSpec(kind, tuple(inputs), tuple(outputs), options))

    def handle(self, name: str) -> int:
        """Add a VAR_HANDLE; give its result."""
        made = self.tensor(TensorSpec((), "resource"))
        self.ops.append(OpSpec("VAR_HANDLE", (), (made,), resource=name))
        return made

    def build(self) -> bytes:
        """Write the file."""
        return write(self)


def write(model: ModelSpec) -> bytes:
    """Turn a model into the bytes of a `.tflite` file."""
    b = flatbuffers.Builder(1024)
    graphs = [model, *model.others]
    kinds = sorted({op.kind for graph in graphs for op in graph.ops})
    codes = [_operator_code(b, kind) for kind in kinds]
    buffers, subgraphs = [_buffer(b, None)], []
    for graph in graphs:
        first = len(buffers)
        buffers += [_buffer(b, t.data) for t in graph.tensors]
        tensors = [_tensor(b, first + i, t) for i, t in enumerate(graph.tensors)]
        subgraphs.append(_subgraph(b, graph, tensors, [_op(b, o, kinds) for o in graph.ops]))
    vectors = [(1, codes), (2, subgraphs), (4, buffers)]
    made = [(slot, _offsets(b, items)) for slot, items in vectors]
    b.StartObject(9)
    b.PrependUint32Slot(0, 3, 0)
    for slot, vector in made:
        b.PrependUOffsetTRelativeSlot(slot, vector, 0)
    b.Finish(b.EndObject(), file_identifier=b"TFL3")
    return bytes(b.Output())


def _subgraph(b: flatbuffers.Builder, model: ModelSpec, tensors: list[int], ops: list[int]) -> int:
    made = [
        (0, _offsets(b, tensors)),
        (1, _numbers(b, model.inputs, np.int32)),
        (2, _numbers(b, model.outputs, np.int32)),
        (3, _offsets(b, ops)),
    ]
    b.StartObject(5)
    for slot, vector in made:
        b.PrependUOffsetTRelativeSlot(slot, vector, 0)
    return int(b.EndObject())


def _operator_code(b: flatbuffers.Builder, kind: str) -> int:
    number = OPERATORS.index("CUSTOM" if kind in OWN else kind)
    custom = b.CreateString(kind) if kind in OWN else None
    b.StartObject(4)
    b.PrependInt8Slot(0, min(number, 127), 0)
    if custom is not None:
        b.PrependUOffsetTRelativeSlot(1, custom, 0)
    b.PrependInt32Slot(2, 1, 0)
    b.PrependInt32Slot(3, number, 0)
    return int(b.EndObject())


def _buffer(b: flatbuffers.Builder, data: npt.NDArray[np.generic] | None) -> int:
    vector = None
    if data is not None:
        b.StartVector(1, data.nbytes, 16)
        b.head = b.head - data.nbytes
        b.Bytes[b.head : b.head + data.nbytes] = data.tobytes()
        vector = b.EndVector()
    b.StartObject(3)
    if vector is not None:
        b.PrependUOffsetTRelativeSlot(0, vector, 0)
    return int(b.EndObject())


def _tensor(b: flatbuffers.Builder, index: int, spec: TensorSpec) -> int:
    name = b.CreateString(spec.name)
    shape = _numbers(b, spec.shape, np.int32)
    quantization = _quantization(b, spec) if spec.scales else None
    b.StartObject(8)
    b.PrependUOffsetTRelativeSlot(0, shape, 0)
    b.PrependInt8Slot(1, _TYPE_CODES[spec.dtype], 0)
    b.PrependUint32Slot(2, index, 0)
    b.PrependUOffsetTRelativeSlot(3, name, 0)
    if quantization is not None:
        b.PrependUOffsetTRelativeSlot(4, quantization, 0)
    b.PrependBoolSlot(5, spec.variable, False)
    return int(b.EndObject())


def _quantization(b: flatbuffers.Builder, spec: TensorSpec) -> int:
    scales = _numbers(b, spec.scales, np.float32)
    zeros = _numbers(b, spec.zeros or (0,) * len(spec.scales), np.int64)
    b.StartObject(7)
    b.PrependUOffsetTRelativeSlot(2, scales, 0)
    b.PrependUOffsetTRelativeSlot(3, zeros, 0)
    b.PrependInt32Slot(6, spec.axis, 0)
    return int(b.EndObject())


def _op(b: flatbuffers.Builder, spec: OpSpec, kinds: list[str]) -> int:
    inputs = _numbers(b, spec.inputs, np.int32)
    outputs = _numbers(b, spec.outputs, np.int32)
    number, options = 0, None
    if spec.kind in OPTIONS:
        number, fields = OPTIONS[spec.kind]
        b.StartObject(8)
        for name, slot, kind, default in fields:
            if name in spec.options:
                getattr(b, _PREPEND[kind])(slot, spec.options[name], default)
        options = b.EndObject()
    if spec.resource:
        number, options = VAR_HANDLE_OPTIONS, _resource(b, spec.resource)
    b.StartObject(9)
    b.PrependUint32Slot(0, kinds.index(spec.kind), 0)
    b.PrependUOffsetTRelativeSlot(1, inputs, 0)
    b.PrependUOffsetTRelativeSlot(2, outputs, 0)
    b.PrependUint8Slot(3, number, 0)
    if options is not None:
        b.PrependUOffsetTRelativeSlot(4, options, 0)
    return int(b.EndObject())


def _resource(b: flatbuffers.Builder, name: str) -> int:
    text = b.CreateString(name)
    b.StartObject(2)
    b.PrependUOffsetTRelativeSlot(1, text, 0)
    return int(b.EndObject())


def _numbers(b: flatbuffers.Builder, values: Sequence[float], dtype: type[np.generic]) -> int:
    return int(b.CreateNumpyVector(np.asarray(values, dtype=dtype)))


def _offsets(b: flatbuffers.Builder, items: Sequence[int]) -> int:
    b.StartVector(4, len(items), 4)
    for item in reversed(items):
        b.PrependUOffsetTRelative(item)
    return int(b.EndVector())
