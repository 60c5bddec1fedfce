"""Constants as C++ text, always the same way."""

import math

import numpy as np

from builds.compiler.operators.common.lowered_op import Array

_PER_LINE = {
    "float": 6,
    "int16_t": 12,
    "int32_t": 8,
    "int64_t": 4,
    "int8_t": 20,
    "uint16_t": 12,
    "uint32_t": 8,
    "uint8_t": 20,
}
_SECTION = "EF_WEIGHTS"


def array(item: Array) -> str:
    """Print one constant array."""
    head = f"{_SECTION} const {item.ctype} {item.name}[{item.values.size}]"
    return f"{head} = {{\n    {rows(item)}}};\n"


def table(item: Array) -> str:
    """Print one array that no training changes, beside weights that lie apart."""
    return array(item).replace(_SECTION, "static", 1)


def rows(item: Array) -> str:
    """Print the values, so many a line."""
    values = _texts(item)
    per_line = _PER_LINE[item.ctype]
    lines = [", ".join(values[i : i + per_line]) for i in range(0, len(values), per_line)]
    return ",\n    ".join(lines)


def _texts(item: Array) -> list[str]:
    values = item.values.reshape(-1)
    if item.ctype == "uint32_t":
        return [f"0x{int(v):08x}u" for v in values]
    if item.ctype == "float":
        return [_real(float(v)) for v in values]
    # A minus is an operator: the least number cannot be written as one literal.
    least = {int(np.iinfo(f"int{bits}").min): f"INT{bits}_MIN" for bits in (32, 64)}
    return [least.get(int(v), str(int(v))) for v in values]


def _real(value: float) -> str:
    if math.isfinite(value):
        return f"{value.hex()}f"
    name = '__builtin_nanf("")' if math.isnan(value) else "__builtin_inff()"
    return f"-{name}" if math.copysign(1.0, value) < 0 else name
