"""A digest does not depend on the pieces in which bytes arrive."""

import hashlib
import io

from hypothesis import given
from hypothesis import strategies as st

from fleet.lib.hashing import SHA256_HEX_LENGTH, chunks, sha256_hex, sha256_stream


@given(st.binary(max_size=4096))
def test_a_stream_and_its_bytes_have_one_digest(data: bytes) -> None:
    assert sha256_stream(io.BytesIO(data)) == sha256_hex(data) == hashlib.sha256(data).hexdigest()
    assert len(sha256_hex(data)) == SHA256_HEX_LENGTH


@given(st.binary(max_size=4096), st.integers(1, 700))
def test_pieces_are_bounded_and_complete(data: bytes, most: int) -> None:
    pieces = list(chunks(io.BytesIO(data), most))
    assert b"".join(pieces) == data
    assert all(0 < len(piece) <= most for piece in pieces)
