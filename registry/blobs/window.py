"""A part of a file that reads as if it were a file of its own: what a server sends for a range."""

import io
import os
from typing import Any, BinaryIO


class BlobWindow(io.RawIOBase):
    """A part of a file, which it takes over: the file is closed, and its descriptor kept until this
    is closed, or forgotten by an answer that nobody reads.
    """

    def __init__(self, file: BinaryIO, start: int, length: int) -> None:
        file.flush()
        self._descriptor = os.dup(file.fileno())
        file.close()
        self._start, self._length, self._at = start, length, 0

    def readable(self) -> bool:
        """Yes."""
        return True

    def seekable(self) -> bool:
        """Yes."""
        return True

    def tell(self) -> int:
        """The next byte's place in the part."""
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go to a place in the part."""
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._length}[whence]
        self._at = min(max(0, base + offset), self._length)
        return self._at

    def read(self, size: int = -1) -> bytes:
        """At most `size` bytes of what is left of the part."""
        left = self._length - self._at
        wanted = left if size < 0 else min(size, left)
        data = os.pread(self._descriptor, wanted, self._start + self._at)
        self._at += len(data)
        return data

    def readinto(self, buffer: Any) -> int:
        """Fill the buffer as far as the part goes."""
        data = self.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def close(self) -> None:
        """Give the file back."""
        if not self.closed:
            os.close(self._descriptor)
        super().close()
