"""Streaming SHA-256: digests are lower-case hex everywhere, and files are never read whole to get
one.
"""

import hashlib
from collections.abc import Iterator
from typing import BinaryIO, Final

CHUNK_BYTES: Final = 1024 * 1024
SHA256_HEX_LENGTH: Final = 64


def sha256_hex(data: bytes) -> str:
    """Return the digest of `data` as 64 hex characters."""
    return hashlib.sha256(data).hexdigest()


def chunks(stream: BinaryIO, chunk_bytes: int = CHUNK_BYTES) -> Iterator[bytes]:
    """Yield what is left of `stream` in pieces of at most `chunk_bytes`."""
    while piece := stream.read(chunk_bytes):
        yield piece


def sha256_stream(stream: BinaryIO) -> str:
    """Return the digest of what is left of `stream`."""
    digest = hashlib.sha256()
    for piece in chunks(stream):
        digest.update(piece)
    return digest.hexdigest()
