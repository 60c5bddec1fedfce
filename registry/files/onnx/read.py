"""Reading an ONNX file by ourselves. Pure.

Guarantees: any bytes give a model or a sentence; the time is linear in the size of the file; no
other file is opened, whatever the model says of data that lies elsewhere; what is read has as many
bytes in each tensor as its shape says.
"""

import struct
from collections.abc import Iterator
from itertools import chain
from typing import Any, Final

from fleet.lib.errors import Refused
from registry.files import protobuf
from registry.files.onnx.model import (
    DTYPES,
    ITEM_BYTES,
    Attribute,
    OnnxConstant,
    OnnxModel,
    OnnxNode,
    OnnxValue,
)
from registry.files.protobuf import Damaged, WireField, fields, message, signed, text, varints

NODES_MAX: Final = 4096
VALUES_MAX: Final = 65_536  # constants, inputs, outputs, values between operators
ITEMS_MAX: Final = 1 << 19  # in one list of an attribute; forests have one entry a node
NUMBERS_MAX: Final = 1 << 22  # of one tensor that is not written as raw bytes
RANK_MAX: Final = 8
SIZE_MAX: Final = 1 << 31
ELSEWHERE: Final = 1  # a tensor's data location
DAMAGED: Final = "The ONNX file is damaged or was cut off."


def read(data: bytes) -> OnnxModel:
    """The model of a file. Raises Refused with a sentence."""
    try:
        return _model(memoryview(data))
    except Damaged:
        raise Refused(DAMAGED, code="unreadable") from None


def _model(data: memoryview) -> OnnxModel:
    graph: memoryview | None = None
    producer, opsets = {2: "", 3: ""}, {}  # its name, and the version of it
    for field in fields(data):
        match field.number:
            case 2 | 3:  # told twice, the last word counts, as everywhere in this format
                producer[field.number] = text(field)[:64]
            case 7:
                graph = message(field)
            case 8:
                domain, version = _opset(message(field))
                opsets[domain] = version
            case 25:
                raise Refused("The ONNX model has functions of its own; export it inlined.")
    if graph is None or not opsets:
        raise Damaged
    plain = {_plain(domain): version for domain, version in opsets.items()}
    return _graph(graph, plain, f"{producer[2]} {producer[3]}".strip())


def _plain(domain: str) -> str:
    return "" if domain == "ai.onnx" else domain


def _opset(data: memoryview) -> tuple[str, int]:
    domain, version = "", 0
    for field in fields(data):
        if field.number == 1:
            domain = text(field)
        elif field.number == 2:
            version = field.integer
    return domain, version


def _graph(data: memoryview, opsets: dict[str, int], producer: str) -> OnnxModel:
    nodes: list[OnnxNode] = []
    values: dict[int, list[OnnxValue]] = {11: [], 12: [], 13: []}
    constants: dict[str, OnnxConstant] = {}
    for count, field in enumerate(fields(data)):
        if count > VALUES_MAX:
            raise Refused(f"The ONNX graph has more than {VALUES_MAX} parts.")
        match field.number:
            case 1:
                nodes.append(_node(message(field)))
            case 5:
                constant = _tensor(message(field))
                constants[constant.name] = constant
            case 11 | 12 | 13:
                values[field.number].append(_value(message(field)))
            case 15:
                raise Refused("The ONNX model has sparse weights, which are not read.")
    if len(nodes) > NODES_MAX:
        raise Refused(f"The ONNX graph has {len(nodes)} operators; at most {NODES_MAX} are read.")
    if not values[12]:
        raise Damaged
    return OnnxModel(
        inputs=tuple(value for value in values[11] if value.name not in constants),
        outputs=tuple(values[12]),
        nodes=tuple(nodes),
        constants=constants,
        opsets=opsets,
        producer=producer,
        known={value.name: value for value in values[13]},
    )


def _node(data: memoryview) -> OnnxNode:
    texts: dict[int, list[str]] = {1: [], 2: [], 3: [], 4: [], 7: []}
    attributes: dict[str, Attribute] = {}
    for field in fields(data):
        if field.number in texts:
            texts[field.number].append(text(field))
        elif field.number == 5:
            name, value = _attribute(message(field))
            attributes[name] = value
    (kind,) = texts[4] or ("",)
    if not kind:
        raise Damaged
    return OnnxNode(
        kind=kind,
        inputs=tuple(texts[1]),
        outputs=tuple(texts[2]),
        attributes=attributes,
        name="".join(texts[3]),
        domain=_plain("".join(texts[7])),
    )


def _attribute(data: memoryview) -> tuple[str, Attribute]:
    name = ""
    kept: list[Attribute] = []
    lists: dict[int, list[Any]] = {7: [], 8: [], 9: []}
    for field in fields(data):
        match field.number:
            case 1:
                name = text(field)
            case 2:
                kept.append(protobuf.real(field))
            case 3:
                kept.append(signed(field.integer))
            case 4:
                kept.append(str(message(field), "utf-8", "replace"))
            case 5:
                kept.append(_tensor(message(field)))
            case 7:
                lists[7] += _reals(field)
            case 8:
                lists[8] += varints(field, ITEMS_MAX)
            case 9:
                lists[9].append(str(message(field), "utf-8", "replace"))
            case 6 | 11:
                raise Refused(
                    f"The ONNX model has a loop, a branch or a function ({name[:64]}); export it "
                    "as a straight graph."
                )
    if sum(map(len, lists.values())) > ITEMS_MAX:
        raise Refused(f"The ONNX attribute {name[:64]} is longer than {ITEMS_MAX}.")
    found = next((tuple(items) for items in lists.values() if items), None)
    return name, kept[-1] if kept and found is None else (found or ())


def _reals(field: WireField) -> tuple[float, ...]:
    if field.wire == protobuf.FIXED32:
        return (protobuf.real(field),)
    data = message(field)
    if len(data) % 4:
        raise Damaged
    return struct.unpack(f"<{len(data) // 4}f", data)


def _tensor(data: memoryview) -> OnnxConstant:
    name, code, raw = "", 0, None
    shape: list[int] = []
    lists: dict[int, list[WireField]] = {4: [], 5: [], 7: [], 10: [], 11: []}
    elsewhere = False
    for field in fields(data):
        match field.number:
            case 1:
                shape += varints(field, RANK_MAX)
            case 2:
                code = field.integer
            case 8:
                name = text(field)
            case 9:
                raw = message(field)
            case 13:
                elsewhere = True
            case 14:
                elsewhere |= field.integer == ELSEWHERE
            case number if number in lists:
                lists[number].append(field)
    if elsewhere:
        raise Refused(
            "The ONNX model keeps weights in another file (external data), which is never opened; "
            "save it as one file."
        )
    dtype = DTYPES.get(code)
    if dtype not in ITEM_BYTES or len(shape) > RANK_MAX:
        raise Refused(f"The ONNX tensor {name[:64]} has a type that is not read ({dtype or code}).")
    if any(not 0 <= size < SIZE_MAX for size in shape):
        raise Damaged
    elements = bytes(raw) if raw is not None else _elements(dtype, lists)
    constant = OnnxConstant(name, dtype, tuple(shape), elements)
    if len(elements) != constant.elements * ITEM_BYTES[dtype]:
        raise Damaged
    return constant


def _elements(dtype: str, lists: dict[int, list[WireField]]) -> bytes:
    """The elements of a tensor that is written as a list of numbers."""
    fixed = lists[4] + lists[10]
    if fixed:
        return b"".join(bytes(field.data) for field in fixed)
    size = ITEM_BYTES[dtype]
    mask = (1 << 8 * size) - 1
    found = chain.from_iterable(_integers(lists[5] + lists[7] + lists[11]))
    return b"".join((value & mask).to_bytes(size, "little") for value in found)


def _integers(found: list[WireField]) -> Iterator[list[int]]:
    left = NUMBERS_MAX
    for field in found:
        numbers = varints(field, left)
        left -= len(numbers)
        if left < 0:
            raise Damaged
        yield numbers


def _value(data: memoryview) -> OnnxValue:
    name, kind = "", None
    for field in fields(data):
        if field.number == 1:
            name = text(field)
        elif field.number == 2:
            kind = message(field)
    if not name:
        raise Damaged
    found = next((f for f in fields(kind) if f.number == 1), None) if kind is not None else None
    if found is None:
        return OnnxValue(name, "unknown", None)
    dtype, shape = "unknown", None
    for field in fields(message(found)):
        if field.number == 1:
            dtype = DTYPES.get(field.integer, "unknown")
        elif field.number == 2:
            shape = _shape(message(field))
    return OnnxValue(name, dtype, shape)


def _shape(data: memoryview) -> tuple[int, ...]:
    sizes = [_size(message(field)) for field in fields(data) if field.number == 1]
    if len(sizes) > RANK_MAX:
        raise Refused(f"An ONNX value has {len(sizes)} dimensions; at most {RANK_MAX} are read.")
    return tuple(sizes)


def _size(data: memoryview) -> int:
    found = [field.integer for field in fields(data) if field.number == 1]
    return found[0] if found and 0 < found[0] < SIZE_MAX else 0
