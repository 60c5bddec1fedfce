from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builds.image import BadImage, read_image
from builds.image.layout import HEADER, MAGIC
from tests.builds.image.images import image

pytestmark = pytest.mark.toolchain


@given(st.binary(max_size=400))
def test_noise_is_refused(noise: bytes) -> None:
    with pytest.raises(BadImage):
        read_image(noise)


@given(
    st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), max_size=6),
    st.floats(0, 1),
)
def test_a_damaged_image_is_read_or_refused(changes: list[tuple[float, int]], kept: float) -> None:
    data = bytearray(image())
    for where, value in changes:
        data[int(where * len(data))] = value
    with suppress(BadImage):
        facts = read_image(bytes(data[: int(len(data) * kept)]))
        assert isinstance(facts.target, str)
        assert isinstance(facts.model_sha256, str)


@given(st.integers(0, 2**32 - 1), st.integers(0, 2**16 - 1), st.integers(0, 2**16 - 1))
def test_sizes_in_the_header_are_not_believed(size: int, header: int, protected: int) -> None:
    head = HEADER.pack(MAGIC, 0, header, protected, size, 0, 1, 0, 0, 0, 0)
    with pytest.raises(BadImage):
        read_image(head + bytes(100))


def test_bytes_after_the_records_are_refused() -> None:
    with pytest.raises(BadImage, match="does not end"):
        read_image(image() + b"\0")
