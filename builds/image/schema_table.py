"""A version's telemetry schema as the table that a chip's recorder counts by.

Words of 32 bits, little-endian; `ef_recorder.h` names each. Edges become thresholds: what a
descriptor divides by is multiplied out here, so that the chip divides nothing and still counts
what the Linux agent counts. For integers, `x // d >= e` is `x >= e * d`.
"""

import hashlib
import math
import re
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from builds.image.errors import ImageError
from device_agent.protocol.canonical import canonical_json
from device_agent.protocol.descriptors import EDGE_SCALE, PER_MILLE, neighbour_stride
from device_agent.protocol.manifest import Tensor
from device_agent.protocol.schema import (
    COUNTERS,
    TelemetrySchema,
    dump_schema,
)

MAGIC = 0x31544645  # "EFT1"
HEAD_WORDS = 18
ELEMENTS_MAX = 2**18 - 1  # of an input, so that a sum of squares fits 32 bits
STATE_BYTES = 50  # of a recorder before its counts
COUNT_BYTES = 2
WORD_MIN, WORD_MAX = -(2**31), 2**31 - 1
NAME = re.compile(r"[a-z][a-z0-9_]{0,63}")
NUMBERS_A_LINE = 8
# A frame at its longest: the array, version, id, four numbers of 32 bits, samples, flags and the
# head of the counts; five counters; three gauges with two numbers each.
FRAME_HEAD_BYTES = 1 + 1 + 5 + 4 * 5 + 3 + 1 + 3
COUNTER_BYTES, GAUGES_BYTES = 5, 1 + 3 * (2 + 2 * 5)
SHORT_COUNT_BYTES = 2  # of a count below 16,384, and of a single zero
LONG_COUNTS = 3  # of a block that holds 65,535 altogether; each takes a byte more

Threshold = Callable[[int, int, int], int]


def _ceil(numerator: int, denominator: int) -> int:
    return -(-numerator // denominator)


def _steps(edge: int, elements: int, stride: int) -> int:
    pairs = elements - stride
    if pairs < 1:  # the descriptor is 0 then
        return WORD_MIN if edge <= 0 else WORD_MAX
    return _ceil(edge * pairs, EDGE_SCALE)


def _share(edge: int, elements: int, stride: int) -> int:
    return _ceil(edge * elements, PER_MILLE)


def _mean(edge: int, elements: int, stride: int) -> int:
    return edge * elements


def _spread(edge: int, elements: int, stride: int) -> int:
    return edge


# Descriptor -> its number on the chip, and the threshold of an edge.
KINDS: Mapping[str, tuple[int, Threshold]] = {
    "mean": (0, _mean),
    "spread": (1, _spread),
    "low_share": (2, _share),
    "high_share": (3, _share),
    "edge": (4, _steps),
}


@dataclass(frozen=True)
class SchemaTable:
    """The table's words, and what a chip that counts by it needs."""

    words: tuple[int, ...]
    counts: int  # of 16 bits
    frame_bytes_max: int

    @property
    def recorder_bytes(self) -> int:
        """RAM of a recorder where pointers have 32 bits."""
        return STATE_BYTES + COUNT_BYTES * self.counts

    @property
    def data(self) -> bytes:
        """The words as they lie in memory."""
        return struct.pack(f"<{len(self.words)}I", *self.words)


def schema_table(schema: TelemetrySchema, given: Tensor, output: Tensor) -> SchemaTable:
    """Return the table of a version whose first input and output are these; raises ImageError."""
    elements = math.prod(given.shape)
    describes = bool(schema.features) and given.dtype == "int8"
    if describes and not 1 <= elements <= ELEMENTS_MAX:
        raise ImageError(
            f"A chip describes inputs of 1 to {ELEMENTS_MAX} elements, this one has {elements}."
        )
    classifies = bool(schema.classes) and output.dtype == "int8"
    classifies = classifies and output.bytes == len(schema.classes)
    stride = neighbour_stride(given.shape) if given.shape else 1
    features = _features(schema, elements, stride) if describes else []
    bins = sum(len(feature.edges) + 1 for feature in schema.features)
    counts = schema.layout.total - len(COUNTERS)
    document = hashlib.sha256(canonical_json(dump_schema(schema))).digest()
    head = [
        MAGIC,
        HEAD_WORDS + len(features),
        schema.window_seconds,
        elements if describes else 0,
        stride,
        len(schema.classes),
        int(classifies),
        counts,
        len(schema.features) if describes else 0,
        0 if describes else bins,
        *struct.unpack("<8I", document),
    ]
    return SchemaTable(tuple(head + features), counts, _frame_bytes_max(schema, counts))


def recorder_cost(schema: TelemetrySchema) -> dict[str, int]:
    """Return what counting by this schema takes on a chip: RAM, and the longest frame."""
    counts = schema.layout.total - len(COUNTERS)
    ram = STATE_BYTES + COUNT_BYTES * counts
    return {"ram_bytes": ram, "frame_bytes_max": _frame_bytes_max(schema, counts)}


def table_header(table: SchemaTable, name: str) -> str:
    """Return the C header that holds the table as `ef_schema_<name>`."""
    if not NAME.fullmatch(name):
        raise ImageError(f"'{name[:64]}' is not a name of small letters, digits and underscores.")
    upper = name.upper()
    rows = [
        ", ".join(f"{word:#x}u" for word in table.words[at : at + NUMBERS_A_LINE])
        for at in range(0, len(table.words), NUMBERS_A_LINE)
    ]
    body = ",\n".join(f"    {row}" for row in rows)
    return (
        f"// Made from the telemetry schema of {name}: what its recorder counts by.\n"
        f"#ifndef EF_SCHEMA_{upper}_H\n#define EF_SCHEMA_{upper}_H\n\n"
        '#include "ef_recorder.h"\n\n'
        f"#define EF_{upper}_COUNTS {table.counts}u\n"
        f"#define EF_{upper}_RECORDER_BYTES EF_RECORDER_BYTES(EF_{upper}_COUNTS)\n"
        f"#define EF_{upper}_FRAME_BYTES_MAX {table.frame_bytes_max}u\n\n"
        f"static const uint32_t ef_schema_{name}[{len(table.words)}] = {{\n{body}}};\n\n#endif\n"
    )


def _features(schema: TelemetrySchema, elements: int, stride: int) -> list[int]:
    words: list[int] = []
    for feature in schema.features:
        kind, threshold = KINDS[feature.descriptor]
        words.append(kind | len(feature.edges) << 8)
        for edge in feature.edges:
            exact = threshold(edge, elements, stride)
            words.append(min(max(exact, WORD_MIN), WORD_MAX) & 0xFFFF_FFFF)
    return words


def _frame_bytes_max(schema: TelemetrySchema, counts: int) -> int:
    blocks = len(schema.features) + 1 + bool(schema.classes)  # each holds every sample at most once
    packed = SHORT_COUNT_BYTES * counts + LONG_COUNTS * blocks + COUNTER_BYTES * len(COUNTERS)
    return FRAME_HEAD_BYTES + packed + GAUGES_BYTES
