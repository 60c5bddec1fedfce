"""A reader of flatbuffers that trusts nothing.

Guarantees: every read is inside the buffer, or it raises BadModel; vectors are bounded before they
are walked; nothing is copied except what is asked for.
"""

import struct
from dataclasses import dataclass

from builds.compiler.errors import BadModel

_FORMATS = {
    "i8": struct.Struct("<b"),
    "u8": struct.Struct("<B"),
    "bool": struct.Struct("<?"),
    "u16": struct.Struct("<H"),
    "i32": struct.Struct("<i"),
    "u32": struct.Struct("<I"),
    "i64": struct.Struct("<q"),
    "u64": struct.Struct("<Q"),
    "f32": struct.Struct("<f"),
}

Scalar = int | float | bool


@dataclass(frozen=True)
class FlatTable:
    """One table inside a buffer; `where` names it in messages."""

    buffer: memoryview
    position: int
    where: str

    def scalar(self, field: int, kind: str, default: Scalar) -> Scalar:
        """Read the scalar in slot `field`, or the schema's default when it is absent."""
        at = self._slot(field)
        return default if at is None else _read(self.buffer, at, kind, self.where)

    def integer(self, field: int, kind: str = "i32", default: int = 0) -> int:
        """Read an integer in slot `field`."""
        return int(self.scalar(field, kind, default))

    def table(self, field: int, where: str) -> "FlatTable | None":
        """Follow the table in slot `field`, or None when it is absent."""
        at = self._slot(field)
        return None if at is None else FlatTable(self.buffer, self._follow(at), where)

    def tables(self, field: int, where: str, limit: int) -> tuple["FlatTable", ...]:
        """Follow every table of the vector in slot `field`; no more than `limit`."""
        start, count = self._vector(field, 4, limit)
        return tuple(
            FlatTable(self.buffer, self._follow(start + 4 * i), f"{where} {i}")
            for i in range(count)
        )

    def scalars(self, field: int, kind: str, limit: int) -> tuple[Scalar, ...]:
        """Read the vector of scalars in slot `field`; no more than `limit`."""
        size = _FORMATS[kind].size
        start, count = self._vector(field, size, limit)
        return tuple(_read(self.buffer, start + size * i, kind, self.where) for i in range(count))

    def integers(self, field: int, limit: int, kind: str = "i32") -> tuple[int, ...]:
        """Read the vector of integers in slot `field`."""
        return tuple(int(v) for v in self.scalars(field, kind, limit))

    def place(self, field: int, size: int, limit: int) -> tuple[int, int]:
        """Tell where the entries of the vector in slot `field` start, and how many there are."""
        return self._vector(field, size, limit)

    def scalar_place(self, field: int) -> int | None:
        """Tell where the scalar in slot `field` lies, or None when it is absent."""
        return self._slot(field)

    def data(self, field: int, limit: int) -> memoryview:
        """Give the bytes of the vector in slot `field`, without a copy."""
        start, count = self._vector(field, 1, limit)
        return self.buffer[start : start + count]

    def text(self, field: int, limit: int) -> str:
        """Read a string; what is not UTF-8 is replaced, because names are only for people."""
        return bytes(self.data(field, limit)).decode("utf-8", "replace")

    def beginning(self, field: int, limit: int) -> str:
        """Read a string of any length, and keep no more than its first `limit` bytes."""
        start, count = self._vector(field, 1, len(self.buffer))
        kept = bytes(self.buffer[start : start + min(count, limit)])
        return kept.decode("utf-8", "replace")

    def has(self, field: int) -> bool:
        """Tell whether slot `field` is present."""
        return self._slot(field) is not None

    def _slot(self, field: int) -> int | None:
        vtable = self.position - int(_read(self.buffer, self.position, "i32", self.where))
        size = int(_read(self.buffer, vtable, "u16", self.where))
        entry = 4 + 2 * field
        if entry + 2 > size:
            return None
        offset = int(_read(self.buffer, vtable + entry, "u16", self.where))
        return self.position + offset if offset else None

    def _follow(self, at: int) -> int:
        target = at + int(_read(self.buffer, at, "u32", self.where))
        if not 0 < target < len(self.buffer):
            raise BadModel(f"{self.where} points outside the file.")
        return target

    def _vector(self, field: int, size: int, limit: int) -> tuple[int, int]:
        at = self._slot(field)
        if at is None:
            return 0, 0
        start = self._follow(at)
        count = int(_read(self.buffer, start, "u32", self.where))
        if count > limit:
            raise BadModel(f"{self.where} has a list of {count} entries; at most {limit} are read.")
        if start + 4 + count * size > len(self.buffer):
            raise BadModel(f"{self.where} has a list that runs past the end of the file.")
        return start + 4, count


def root(buffer: memoryview, identifier: bytes, where: str) -> FlatTable:
    """Open the root table of a buffer that carries the file identifier `identifier`."""
    if len(buffer) < 12 or bytes(buffer[4:8]) != identifier:
        raise BadModel(
            f"The file is not a TensorFlow Lite model: {identifier.decode()} is missing."
        )
    return FlatTable(buffer, int(_read(buffer, 0, "u32", where)), where)


def _read(buffer: memoryview, at: int, kind: str, where: str) -> Scalar:
    layout = _FORMATS[kind]
    if not 0 <= at <= len(buffer) - layout.size:
        raise BadModel(f"{where} points outside the file.")
    value: Scalar = layout.unpack_from(buffer, at)[0]
    return value
