"""Read what we need of a WebAssembly module: how much of it is code, weights, other data and RAM.

Guarantees: every length is checked, so a broken module raises BadObject and nothing else.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from builds.toolchain.errors import BadObject

MAGIC = b"\0asm\1\0\0\0"
CUSTOM, GLOBAL, EXPORT, CODE, DATA = 0, 6, 7, 10, 11
DATA_NAMES = 9  # subsection of the "name" section
EXPORTED_GLOBAL = 3
I32_CONST, END = 0x41, 0x0B
LEB_BYTES = 5


class Cursor:
    """A position in bytes that never leaves them."""

    def __init__(self, data: bytes) -> None:
        self.data, self.at = data, 0

    def take(self, count: int) -> bytes:
        """The next bytes."""
        if count < 0 or self.at + count > len(self.data):
            raise BadObject("this WebAssembly module is cut short")
        self.at += count
        return self.data[self.at - count : self.at]

    def number(self) -> int:
        """An unsigned LEB128 number of at most 32 bits."""
        value = 0
        for step in range(LEB_BYTES):
            byte = self.take(1)[0]
            value |= (byte & 0x7F) << (7 * step)
            if byte < 0x80:
                return value
        raise BadObject("this WebAssembly module has a number that is too long")

    def text(self) -> str:
        """A name."""
        return self.take(self.number()).decode("utf-8", "replace")

    def constant(self) -> int:
        """The value of an `i32.const` expression."""
        if self.take(1)[0] != I32_CONST:
            raise BadObject("this WebAssembly module has an address that is not constant")
        value = self.number()
        if self.take(1)[0] != END:
            raise BadObject("this WebAssembly module has an address that is not constant")
        return value


@dataclass(frozen=True)
class Wasm:
    """A parsed module, as our linker makes them."""

    data: bytes

    @cached_property
    def sections(self) -> tuple[tuple[int, bytes], ...]:
        """(kind, content) in file order."""
        cursor = Cursor(self.data)
        if self.data[: len(MAGIC)] != MAGIC:
            raise BadObject("this is not a WebAssembly module")
        cursor.take(len(MAGIC))
        found = []
        while cursor.at < len(self.data):
            kind = cursor.take(1)[0]
            found.append((kind, cursor.take(cursor.number())))
        return tuple(found)

    def _section(self, kind: int) -> Cursor:
        return Cursor(next((body for found, body in self.sections if found == kind), b"\0"))

    @property
    def code_bytes(self) -> int:
        """Size of the code section's content."""
        return sum(len(body) for kind, body in self.sections if kind == CODE)

    @cached_property
    def data_sizes(self) -> Mapping[str, int]:
        """Bytes of initialised data by segment name."""
        cursor, names = self._section(DATA), self._data_names()
        sizes: dict[str, int] = {}
        for index in range(cursor.number()):
            if cursor.number() != 0:
                raise BadObject("this WebAssembly module has passive data")
            cursor.constant()
            size = cursor.number()
            cursor.take(size)
            name = names.get(index, "")
            sizes[name] = sizes.get(name, 0) + size
        return sizes

    def _data_names(self) -> Mapping[int, str]:
        for kind, body in self.sections:
            cursor = Cursor(body)
            if kind == CUSTOM and cursor.text() == "name":
                for found, content in _subsections(cursor):
                    if found == DATA_NAMES:
                        return {content.number(): content.text() for _ in range(content.number())}
        return {}

    @cached_property
    def globals(self) -> Mapping[str, int]:
        """Exported constants by name."""
        cursor = self._section(GLOBAL)
        values = []
        for _ in range(cursor.number()):
            cursor.take(2)  # type and mutability
            values.append(cursor.constant())
        cursor, named = self._section(EXPORT), {}
        for _ in range(cursor.number()):
            name, kind, index = cursor.text(), cursor.take(1)[0], cursor.number()
            if kind == EXPORTED_GLOBAL:
                if index >= len(values):
                    raise BadObject("this WebAssembly module exports what it does not have")
                named[name] = values[index]
        return named


def _subsections(cursor: Cursor) -> Iterator[tuple[int, Cursor]]:
    while cursor.at < len(cursor.data):
        kind = cursor.take(1)[0]
        yield kind, Cursor(cursor.take(cursor.number()))


def wasm_sizes(data: bytes) -> tuple[int, int, int, int]:
    """(code, weights, bss, data) bytes, as `image_sizes` gives them for ELF."""
    module = Wasm(data)
    weights = rodata = writable = 0
    for name, size in module.data_sizes.items():
        if name.startswith(".rodata.ef_weights"):
            weights += size
        elif name.startswith(".rodata"):
            rodata += size
        else:
            writable += size
    try:
        span = module.globals["__data_end"] - module.globals["__global_base"]
    except KeyError:
        raise BadObject("this WebAssembly module does not say where its data lies") from None
    bss = max(0, span - weights - rodata - writable)
    return module.code_bytes + rodata + writable, weights, bss, writable
