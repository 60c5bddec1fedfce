"""A slot, read as the bundle that it came from: any of its bytes, without making the archive."""

from dataclasses import dataclass
from posixpath import join

from device_agent.protocol import bundle
from device_agent.protocol.bundle import BLOCK, END
from device_agent.state.record import Slot
from device_agent.state.slots import FILES, folder
from device_agent.storage.port import Storage


@dataclass(frozen=True, slots=True)
class _Piece:
    """Bytes of the archive from ``start`` on: these, or those of a file."""

    start: int
    length: int
    data: bytes
    path: str


class SlotArchive:
    """The archive that a slot's files would make; its digest is for others to compare."""

    def __init__(self, storage: Storage, slot: Slot) -> None:
        self._storage = storage
        self._pieces: list[_Piece] = []
        self.length = 0
        for name in FILES:
            path = join(folder(slot), name)
            size = storage.size(path) or 0
            self._lay(bundle.header(name, size))
            self._lay(b"", path, size)
            self._lay(bytes(-size % BLOCK))
        self._lay(END)

    def read_at(self, offset: int, size: int) -> bytes:
        """Return up to so many bytes from an offset on."""
        parts = [self._part(piece, offset, offset + size) for piece in self._pieces]
        return b"".join(parts)

    def _lay(self, data: bytes, path: str = "", size: int = 0) -> None:
        length = size if path else len(data)
        self._pieces.append(_Piece(self.length, length, data, path))
        self.length += length

    def _part(self, piece: _Piece, begin: int, end: int) -> bytes:
        low, high = max(begin - piece.start, 0), min(end - piece.start, piece.length)
        if low >= high:
            return b""
        if not piece.path:
            return piece.data[low:high]
        return self._storage.read_at(piece.path, low, high - low)
