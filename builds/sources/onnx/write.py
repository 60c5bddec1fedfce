"""Writes an ONNX model as a file: what was read and rewritten is given to a converter.

Guarantees: equal models give equal bytes; what `registry.files.onnx` reads comes out as it was.
"""

import struct
from collections.abc import Iterable
from typing import Final

from registry.files.onnx.model import (
    DTYPES,
    Attribute,
    OnnxConstant,
    OnnxModel,
    OnnxNode,
    OnnxValue,
)

FORMAT: Final = 8  # the version of ONNX's file format that is written
_CODES: Final = {name: code for code, name in DTYPES.items()}
_REAL, _INTEGER, _TEXT, _TENSOR, _REALS, _INTEGERS, _TEXTS = 1, 2, 3, 4, 6, 7, 8


def write(model: OnnxModel) -> bytes:
    """The bytes of a file."""
    opsets = [
        _bytes(8, _text(1, domain) + _number(2, version))
        for domain, version in sorted(model.opsets.items())
    ]
    return _number(1, FORMAT) + _text(2, model.producer) + _bytes(7, _graph(model)) + _all(opsets)


def _graph(model: OnnxModel) -> bytes:
    return _all(
        (
            *(_bytes(1, _node(node)) for node in model.nodes),
            _text(2, "main"),
            *(_bytes(5, _tensor(constant)) for constant in model.constants.values()),
            *(_bytes(11, _value(value)) for value in model.inputs),
            *(_bytes(12, _value(value)) for value in model.outputs),
        )
    )


def _node(node: OnnxNode) -> bytes:
    return _all(
        (
            *(_text(1, name, always=True) for name in node.inputs),
            *(_text(2, name, always=True) for name in node.outputs),
            _text(3, node.name),
            _text(4, node.kind),
            *(_bytes(5, _attribute(name, value)) for name, value in node.attributes.items()),
            _text(7, node.domain),
        )
    )


def _attribute(name: str, value: Attribute) -> bytes:
    head = _text(1, name)
    match value:
        case bool() | int():
            return head + _number(3, int(value)) + _number(20, _INTEGER)
        case float():
            return head + _real(2, value) + _number(20, _REAL)
        case str():
            return head + _text(4, value, always=True) + _number(20, _TEXT)
        case OnnxConstant():
            return head + _bytes(5, _tensor(value)) + _number(20, _TENSOR)
        case tuple() if value and all(isinstance(item, float) for item in value):
            reals = _all(_real(7, float(item)) for item in value)
            return head + reals + _number(20, _REALS)
        case tuple() if value and all(isinstance(item, str) for item in value):
            texts = _all(_text(9, str(item), always=True) for item in value)
            return head + texts + _number(20, _TEXTS)
    integers = _all(_number(8, int(item)) for item in value)
    return head + integers + _number(20, _INTEGERS)


def _tensor(constant: OnnxConstant) -> bytes:
    sizes = _all(_number(1, size) for size in constant.shape)
    kind = _number(2, _CODES[constant.dtype])
    return sizes + kind + _text(8, constant.name) + _bytes(9, constant.data)


def _value(value: OnnxValue) -> bytes:
    if value.dtype not in _CODES:
        return _text(1, value.name)
    inside = _number(1, _CODES[value.dtype])
    if value.shape is not None:
        inside += _bytes(2, _all(_bytes(1, _size(size)) for size in value.shape))
    return _text(1, value.name) + _bytes(2, _bytes(1, inside))


def _size(size: int) -> bytes:
    return _number(1, size) if size else _text(2, "n")


def _all(parts: Iterable[bytes]) -> bytes:
    return b"".join(parts)


def _varint(value: int) -> bytes:
    value %= 1 << 64
    found = bytearray()
    while value > 127:
        found.append(value & 127 | 128)
        value >>= 7
    return bytes([*found, value])


def _number(number: int, value: int) -> bytes:
    return _varint(number << 3) + _varint(value)


def _real(number: int, value: float) -> bytes:
    return _varint(number << 3 | 5) + struct.pack("<f", value)


def _bytes(number: int, data: bytes) -> bytes:
    return _varint(number << 3 | 2) + _varint(len(data)) + data


def _text(number: int, text: str, *, always: bool = False) -> bytes:
    return _bytes(number, text.encode()) if text or always else b""
