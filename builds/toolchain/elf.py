"""Read what we need of a little-endian ELF file: sections and symbols.

Guarantees: every offset and length is checked against the file, so a broken file raises BadObject
and nothing else.
"""

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from builds.toolchain.errors import BadObject

MAGIC = b"\x7fELF"
LITTLE_ENDIAN = 1
SHT_SYMTAB, SHT_NOBITS = 2, 8
SHF_ALLOC = 2


@dataclass(frozen=True)
class ImageLayout:
    """Where the fields sit, for one of the two ELF classes."""

    header: str
    section: str
    symbol: str


# header: section table's offset, entry size, entries, index of names
# section: name, type, flags, address, offset, size, link
LAYOUTS = {
    1: ImageLayout("<32xI10xHHH", "<IIIIIII", "<IIIBBH"),
    2: ImageLayout("<40xQ10xHHH", "<IIQQQQI", "<IBBHQQ"),
}


@dataclass(frozen=True)
class Section:
    """One section; `data` is empty for sections without bytes in the file."""

    name: str
    kind: int
    flags: int
    address: int
    size: int
    link: int
    data: bytes

    @property
    def in_memory(self) -> bool:
        """Whether the section takes room on the device."""
        return bool(self.flags & SHF_ALLOC)


@dataclass(frozen=True)
class Elf:
    """A parsed file."""

    data: bytes

    @cached_property
    def _layout(self) -> ImageLayout:
        if self.data[:4] != MAGIC or len(self.data) < 64:
            raise BadObject("this is not an ELF file")
        layout = LAYOUTS.get(self.data[4])
        if layout is None or self.data[5] != LITTLE_ENDIAN:
            raise BadObject("this ELF file is neither 32 nor 64 bit little endian")
        return layout

    @cached_property
    def _header(self) -> tuple[int, int, int, int]:
        return struct.unpack_from(self._layout.header, self.data)

    def _table(self, offset: int, stride: int, count: int, form: str) -> list[tuple[int, ...]]:
        if stride < struct.calcsize(form) and count:
            raise BadObject("this ELF file has a table with entries that are too short")
        self._slice(offset, stride * count)
        return [struct.unpack_from(form, self.data, offset + i * stride) for i in range(count)]

    def _slice(self, offset: int, size: int) -> bytes:
        if offset < 0 or size < 0 or offset + size > len(self.data):
            raise BadObject("this ELF file is cut short")
        return self.data[offset : offset + size]

    @cached_property
    def sections(self) -> tuple[Section, ...]:
        """All sections in file order."""
        offset, stride, count, names_index = self._header
        rows = self._table(offset, stride, count, self._layout.section)
        if not rows:
            return ()
        if names_index >= len(rows):
            raise BadObject("this ELF file has no section names")
        names = self._slice(rows[names_index][4], rows[names_index][5])
        return tuple(self._section(row, names) for row in rows)

    def _section(self, row: tuple[int, ...], names: bytes) -> Section:
        name, kind, flags, address, offset, size, link = row
        data = b"" if kind in (0, SHT_NOBITS) else self._slice(offset, size)
        return Section(_text(names, name), kind, flags, address, size, link, data)

    @cached_property
    def pieces(self) -> tuple[Section, ...]:
        """What takes room in memory, by address.

        Sections, not segments: a linker may map the file's own headers with the first segment.
        """
        wanted = (section for section in self.sections if section.in_memory and section.size)
        return tuple(sorted(wanted, key=lambda section: section.address))

    @cached_property
    def _symbol_rows(self) -> tuple[tuple[str, int, int], ...]:
        """(name, value, section index) of every named symbol."""
        rows: list[tuple[str, int, int]] = []
        wide = self.data[4] == 2
        size = struct.calcsize(self._layout.symbol)
        for table in (section for section in self.sections if section.kind == SHT_SYMTAB):
            if table.link >= len(self.sections):
                raise BadObject("this ELF file has symbols without names")
            names = self.sections[table.link].data
            for at in range(0, len(table.data) - size + 1, size):
                row = struct.unpack_from(self._layout.symbol, table.data, at)
                value, index = (row[4], row[3]) if wide else (row[1], row[5])
                if row[0]:
                    rows.append((_text(names, row[0]), value, index))
        return tuple(rows)

    @cached_property
    def symbols(self) -> Mapping[str, int]:
        """Defined symbols and their values."""
        return {name: value for name, value, index in self._symbol_rows if index}

    @cached_property
    def undefined(self) -> frozenset[str]:
        """Symbols that another object must define."""
        return frozenset(name for name, _, index in self._symbol_rows if not index)


def _text(names: bytes, at: int) -> str:
    end = names.find(b"\0", at)
    if at > len(names) or end < 0:
        raise BadObject("this ELF file has a name outside of its name table")
    return names[at:end].decode("utf-8", "replace")
