"""Reads a `.tflite` file into a Graph.

Guarantees: the file is looked at only through the bounds-checked reader; every index, count, shape,
buffer size, scale and zero point of the result was checked; anything else raises BadModel or
Unsupported.
"""

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from builds.compiler import limits
from builds.compiler.arithmetic.multiplier import RANGES
from builds.compiler.errors import BadModel, Unsupported
from builds.compiler.graph import ABSENT, Graph, Op, Quantization, Tensor, short
from builds.compiler.graph.opcodes import (
    DTYPES,
    ITEM_BYTES,
    OPERATORS,
    OTHER_DTYPES,
    OWN,
    OWN_BYTES,
    PLACEHOLDER,
    VAR_HANDLE_OPTIONS,
)
from builds.compiler.operators.table import OPTIONS
from builds.compiler.read.flatbuffer import FlatTable, root
from builds.compiler.read.unroll import unroll_loops
from builds.compiler.read.variables import bind_variables

_SCHEMA_VERSION = 3
_MASKED = (
    "where something is masked, as in attention or padding, use -100 and not the least number "
    "there is"
)
_DEAD = (
    "a converter writes that where calibration saw nothing but 0, as behind a layer that died in "
    "training: train or calibrate again, or leave the layer out"
)
_SHAPED = 2  # operands of a RESHAPE that carries its shape


def read_tflite(model: bytes) -> Graph:
    """Parse and check a model; the graph it returns is safe to compute with."""
    main, *others = read_subgraphs(model)
    return bind_variables(unroll_loops(main, others), others)


def read_subgraphs(model: bytes) -> list[Graph]:
    """Parse and check a model's subgraphs, each as the file has it; at least one."""
    if len(model) > limits.MODEL_BYTES:
        raise BadModel(f"The file has {len(model)} bytes; at most {limits.MODEL_BYTES} are read.")
    table = root(memoryview(model), b"TFL3", "The model")
    version = table.integer(0, "u32")
    if version != _SCHEMA_VERSION:
        raise BadModel(f"The model has schema version {version}; only version 3 is read.")
    subgraphs = table.tables(2, "subgraph", limits.OPS)
    if not subgraphs:
        raise BadModel("The model has no subgraph.")
    codes = tuple(_operator_code(t) for t in table.tables(1, "operator code", limits.OPS))
    buffers = table.tables(4, "buffer", limits.BUFFERS)
    return [_graph(t, codes, buffers) for t in subgraphs]


def _graph(
    table: FlatTable, codes: tuple[tuple[str, int], ...], buffers: tuple[FlatTable, ...]
) -> Graph:
    found = table.tables(0, "tensor", limits.TENSORS)
    ops = tuple(
        _without_empty_shape(_operator(i, t, codes, len(found)), found)
        for i, t in enumerate(table.tables(3, "operator", limits.OPS))
    )
    inputs = _indices(table, 1, len(found), "The list of inputs", optional=False)
    outputs = _indices(table, 2, len(found), "The list of outputs", optional=False)
    used = {*inputs, *outputs} | {i for op in ops for i in (*op.inputs, *op.outputs)}
    # Converters leave tensors of no shape behind, as the intermediates of an LSTM.
    tensors = tuple(
        _tensor(i, t, buffers) if i in used else Tensor(i, f"tensor_{i}", "int8", ())
        for i, t in enumerate(found)
    )
    return Graph(
        tensors, ops, tuple(tensors[i] for i in inputs), tuple(tensors[i] for i in outputs)
    )


def _operator_code(table: FlatTable) -> tuple[str, int]:
    number = table.integer(0, "i8")
    if number == PLACEHOLDER or not table.has(0):
        number = table.integer(3)
    if not 0 <= number < len(OPERATORS):
        raise Unsupported(
            f"{table.where} has the number {number}, which no operator of TFLM has; "
            "convert with TFLITE_BUILTINS_INT8 only."
        )
    custom = table.beginning(1, OWN_BYTES) if OPERATORS[number] == "CUSTOM" else ""
    return custom if custom in OWN else OPERATORS[number], table.integer(2, default=1)


def _tensor(index: int, table: FlatTable, buffers: tuple[FlatTable, ...]) -> Tensor:
    name = table.beginning(3, limits.NAME_BYTES) or f"tensor_{index}"
    where = f"Tensor {index} ({short(name)})"
    code = table.integer(1, "i8")
    if code not in DTYPES:
        raise Unsupported(
            f"{where} has the type {OTHER_DTYPES.get(code, code)}; int8, int16, int32, float32 are "
            "read; keep operators on other types off the device."
        )
    shape = table.integers(0, limits.RANK)
    if any(not 0 < d <= limits.DIMENSION for d in shape):
        raise BadModel(f"{where} has the shape {list(shape)}; each dimension must be 1 to 1048576.")
    if math.prod(shape) > limits.TENSOR_ELEMENTS:
        raise BadModel(f"{where} has more than {limits.TENSOR_ELEMENTS} elements.")
    if table.has(6) or table.has(9):
        raise Unsupported(f"{where} is sparse or a variant; only dense tensors are compiled.")
    quantization = _quantization(table.table(4, where), DTYPES[code], shape, where)
    dtype, data = _constant(table, DTYPES[code], shape, buffers, where)
    variable = bool(table.scalar(5, "bool", default=False))
    return Tensor(index, name, dtype, shape, quantization, data, variable)


def _constant(
    table: FlatTable, dtype: str, shape: tuple[int, ...], buffers: tuple[FlatTable, ...], where: str
) -> tuple[str, bytes | None]:
    """Give the type and the data of a tensor; constants of 4 bits become int8."""
    index = table.integer(2, "u32")
    if index >= len(buffers):
        raise BadModel(f"{where} uses buffer {index}; the file has {len(buffers)}.")
    if buffers[index].integer(1, "u64") > 1 or buffers[index].integer(2, "u64") > 1:
        raise Unsupported(f"{where} keeps its data outside the file's tables.")
    data = buffers[index].data(0, limits.MODEL_BYTES)
    if not len(data):
        return dtype, None
    count = math.prod(shape)
    expected = (count + 1) // 2 if dtype == "int4" else count * ITEM_BYTES[dtype]
    if len(data) != expected:
        raise BadModel(f"{where} has {len(data)} bytes of data; its shape needs {expected}.")
    return ("int8", _halves(bytes(data), count)) if dtype == "int4" else (dtype, bytes(data))


def _halves(data: bytes, count: int) -> bytes:
    """Part bytes into two signed numbers of 4 bits, the lower first."""
    packed = np.frombuffer(data, np.int8)
    return np.stack([packed << 4 >> 4, packed >> 4], axis=-1).reshape(-1)[:count].tobytes()


def _quantization(
    table: FlatTable | None, dtype: str, shape: tuple[int, ...], where: str
) -> Quantization | None:
    if table is None:
        return None
    limit = limits.DIMENSION
    scales = tuple(float(v) for v in table.scalars(2, "f32", limit))
    zeros = table.integers(3, limit, "i64")
    if not scales:
        return None
    lowest, highest = limits.SCALE
    if odd := [s for s in scales if not lowest <= s <= highest]:
        raise BadModel(
            f"{where} has the scale {odd[0]:.3g}, which is not between {lowest:g} and {highest:g}; "
            f"{_MASKED if highest < odd[0] < math.inf else _DEAD}."
        )
    if not zeros:
        zeros = (0,) * len(scales)
    if len(zeros) != len(scales):
        raise BadModel(f"{where} has {len(scales)} scales and {len(zeros)} zero points.")
    low, high = RANGES.get(dtype, (0, 0))
    if any(not low <= z <= high for z in zeros):
        raise BadModel(f"{where} has a zero point outside {low} to {high}, which {dtype} can hold.")
    return Quantization(scales, zeros, _axis(table, shape, len(scales), where))


def _axis(table: FlatTable, shape: tuple[int, ...], count: int, where: str) -> int:
    axis = table.integer(6)
    if shape == (count,):  # there is no other; older converters gave a bias the axis of its filters
        return 0
    if count > 1 and (not 0 <= axis < len(shape) or shape[axis] != count):
        raise BadModel(f"{where} has {count} scales, which no axis of {list(shape)} matches.")
    return axis if 0 <= axis < max(len(shape), 1) else 0


def _operator(index: int, table: FlatTable, codes: tuple[tuple[str, int], ...], tensors: int) -> Op:
    code = table.integer(0, "u32")
    if code >= len(codes):
        raise BadModel(f"Operator {index} uses operator code {code}; the file has {len(codes)}.")
    kind, version = codes[code]
    where = f"{kind} (operator {index})"
    inputs = _indices(table, 1, tensors, where, optional=True)
    outputs = _indices(table, 2, tensors, where, optional=False)
    options, resource = _options(table, kind, where), _resource(table, kind, where)
    return Op(index, kind, version, inputs, outputs, options, resource)


def _without_empty_shape(op: Op, found: Sequence[FlatTable]) -> Op:
    """Leave out the shape of a RESHAPE to no dimension: it is a constant of no elements."""
    shaped = op.kind == "RESHAPE" and len(op.inputs) == _SHAPED and op.inputs[1] != ABSENT
    if shaped and found[op.inputs[1]].integers(0, limits.RANK) == (0,):
        return replace(op, inputs=op.inputs[:1])
    return op


def _resource(table: FlatTable, kind: str, where: str) -> str:
    names = table.table(4, f"{where} options") if kind == "VAR_HANDLE" else None
    if names is None:
        return ""
    if table.integer(3, "u8") != VAR_HANDLE_OPTIONS:
        raise BadModel(f"{where} carries the options of another operator.")
    return "/".join(names.text(slot, limits.VARIABLE_NAME_BYTES) for slot in (0, 1))


def _options(table: FlatTable, kind: str, where: str) -> dict[str, int | float | bool]:
    if kind not in OPTIONS:
        return {}
    number, fields = OPTIONS[kind]
    options = table.table(4, f"{where} options")
    if options is None:
        return {name: default for name, _, _, default in fields}
    if table.integer(3, "u8") != number:
        raise BadModel(f"{where} carries the options of another operator.")
    values = {name: options.scalar(at, form, default) for name, at, form, default in fields}
    if any(isinstance(v, float) and not math.isfinite(v) for v in values.values()):
        raise BadModel(f"{where} has an option that is not a finite number.")
    return values


def _indices(
    table: FlatTable, field: int, tensors: int, where: str, *, optional: bool
) -> tuple[int, ...]:
    indices = table.integers(field, limits.ARITY)
    lowest = ABSENT if optional else 0
    if any(not lowest <= i < tensors for i in indices):
        raise BadModel(f"{where} uses a tensor that the file does not have.")
    return indices
