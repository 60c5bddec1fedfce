"""SHA-256 and HMAC of the chip equal Python's for any bytes, in any pieces."""

import ctypes
import hashlib
import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.simulators.whole_chip import library

pytestmark = pytest.mark.toolchain
STATE_BYTES = 4 * 8 + 4 + 64


@given(st.lists(st.binary(max_size=200), max_size=6))
def test_the_digest_is_hashlibs_in_any_pieces(pieces: list[bytes]) -> None:
    state = ctypes.create_string_buffer(STATE_BYTES)
    digest = ctypes.create_string_buffer(32)
    library().ef_sha256_start(state)
    for piece in pieces:
        library().ef_sha256_add(state, piece, len(piece))
    library().ef_sha256_end(state, digest)
    assert digest.raw == hashlib.sha256(b"".join(pieces)).digest()


@pytest.mark.parametrize("size", [0, 55, 56, 63, 64, 65, 119, 120, 1000])
def test_lengths_around_a_block(size: int) -> None:
    state = ctypes.create_string_buffer(STATE_BYTES)
    digest = ctypes.create_string_buffer(32)
    data = bytes(index % 251 for index in range(size))
    library().ef_sha256_start(state)
    library().ef_sha256_add(state, data, size)
    library().ef_sha256_end(state, digest)
    assert digest.raw == hashlib.sha256(data).digest()


@given(st.binary(max_size=64), st.binary(max_size=300))
def test_the_code_is_hmacs(key: bytes, message: bytes) -> None:
    code = ctypes.create_string_buffer(32)
    library().ef_hmac_sha256(key, len(key), message, len(message), code)
    assert code.raw == hmac.digest(key, message, "sha256")
