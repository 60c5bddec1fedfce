"""Looking at the skeleton of a `.tflite` file, so that a damaged one is refused at the door. Pure.

Guarantees: every offset is checked before it is followed, so any bytes give an outline or a
sentence; what passes has its tables and weights inside the file. The time is linear in the size of
the file and bounded: whatever the file says, at most ITEMS_MAX items of its vectors are looked at,
and never more than it has bytes (a file whose tables share a vector could ask for their product).
It says nothing of ops and scales: those are read in the jail, where builds are made.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from fleet.lib.errors import Refused

SCHEMA_VERSION: Final = 3
ITEMS_MAX: Final = 200_000  # tensors, buffers and sizes in all; real models have hundreds
RANK_MAX: Final = 8
MODEL_VERSION, MODEL_SUBGRAPHS, MODEL_BUFFERS = 0, 2, 4
GRAPH_TENSORS, GRAPH_INPUTS = 0, 1
TENSOR_SHAPE, TENSOR_BUFFER = 0, 2
BUFFER_DATA: Final = 0


@dataclass(frozen=True)
class Outline:
    """Shapes of the inputs without the batch; 0 for a size that is not fixed."""

    inputs: tuple[tuple[int, ...], ...]


class _Outside(Exception):
    """An offset leads out of the file."""


class _Reader:
    """Numbers, tables and vectors of a flatbuffer, each checked to lie inside."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._items_left = min(len(data), ITEMS_MAX)

    def number(self, place: int, length: int, *, signed: bool = False) -> int:
        if place < 0 or place + length > len(self._data):
            raise _Outside
        return int.from_bytes(self._data[place : place + length], "little", signed=signed)

    def field(self, table: int, index: int) -> int | None:
        """The place of a field's value, or None where the table leaves it out."""
        vtable = table - self.number(table, 4, signed=True)
        slot = 4 + 2 * index
        if slot + 2 > self.number(vtable, 2):
            return None
        offset = self.number(vtable + slot, 2)
        return table + offset if offset else None

    def follow(self, place: int) -> int:
        """The place that the offset at `place` leads to."""
        return place + self.number(place, 4)

    def vector(self, place: int | None, item_bytes: int) -> tuple[int, int]:
        """Where the items of a vector start, and how many there are; all of them lie inside."""
        if place is None:
            return 0, 0
        start = self.follow(place)
        count = self.number(start, 4)
        if start + 4 + count * item_bytes > len(self._data):
            raise _Outside
        return start + 4, count

    def tables(self, place: int | None) -> list[int]:
        """The tables of a vector of tables."""
        start, count = self._counted(place)
        return [self.follow(start + 4 * index) for index in range(count)]

    def numbers(self, place: int | None) -> list[int]:
        """The items of a short vector of 32-bit integers."""
        start, count = self._counted(place)
        return [self.number(start + 4 * index, 4, signed=True) for index in range(count)]

    def _counted(self, place: int | None) -> tuple[int, int]:
        """A vector of four-byte items, taken from what may be looked at in all."""
        start, count = self.vector(place, 4)
        self._items_left -= count
        if self._items_left < 0:
            raise _Outside
        return start, count


def outline(data: bytes) -> Outline:
    """Read the skeleton. Raises Refused with a sentence."""
    try:
        return _outline(_Reader(data))
    except _Outside as error:
        raise Refused("The .tflite file is damaged or was cut off.", code="unreadable") from error


def _outline(reader: _Reader) -> Outline:
    root = reader.follow(0)
    version = reader.field(root, MODEL_VERSION)
    if version is None or reader.number(version, 4) != SCHEMA_VERSION:
        raise Refused("The .tflite file is of another schema than version 3.")
    graphs = reader.tables(reader.field(root, MODEL_SUBGRAPHS))
    buffers = reader.tables(reader.field(root, MODEL_BUFFERS))
    if not graphs:
        raise Refused("The .tflite file holds no graph.")
    for buffer in buffers:
        reader.vector(reader.field(buffer, BUFFER_DATA), 1)
    for graph in graphs:
        for tensor in reader.tables(reader.field(graph, GRAPH_TENSORS)):
            place = reader.field(tensor, TENSOR_BUFFER)
            if place is not None and reader.number(place, 4) >= len(buffers):
                raise _Outside
    return Outline(tuple(_inputs(reader, graphs[0])))


def _inputs(reader: _Reader, graph: int) -> Iterator[tuple[int, ...]]:
    tensors = reader.tables(reader.field(graph, GRAPH_TENSORS))
    for index in reader.numbers(reader.field(graph, GRAPH_INPUTS)):
        if not 0 <= index < len(tensors):
            raise _Outside
        shape = reader.numbers(reader.field(tensors[index], TENSOR_SHAPE))
        if len(shape) > RANK_MAX:
            raise _Outside
        yield tuple(max(size, 0) for size in shape[1:])
