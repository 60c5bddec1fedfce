import pytest
from hypothesis import given
from hypothesis import strategies as st

from builds.image import BadImage, pack_image, verify_image
from tests.builds.image.images import BOARD, IDENTITY, KEY, OTHER, PUBLIC, firmware, image

pytestmark = pytest.mark.toolchain


def refusal_of(data: bytes) -> str | None:
    try:
        verify_image(data, PUBLIC)
    except BadImage as error:
        return str(error)
    return None


def test_it_verifies_with_its_key_and_no_other() -> None:
    verify_image(image(), PUBLIC)
    with pytest.raises(BadImage, match="invalid signature"):
        verify_image(image(), OTHER)


@given(st.floats(0, 1, exclude_max=True), st.integers(1, 255))
def test_any_changed_byte_that_is_covered_is_refused(where: float, change: int) -> None:
    data = bytearray(image())
    covered = BOARD.header_bytes + len(firmware().payload)
    data[int(where * covered)] ^= change
    with pytest.raises(BadImage):
        verify_image(bytes(data), PUBLIC)


@given(st.integers(0, 2000))
def test_a_cut_image_is_refused(kept: int) -> None:
    data = image()
    with pytest.raises(BadImage):
        verify_image(data[: min(kept, len(data) - 1)], PUBLIC)


@given(st.binary(max_size=200))
def test_noise_is_refused(noise: bytes) -> None:
    with pytest.raises(BadImage):
        verify_image(noise, PUBLIC)


def test_the_same_inputs_give_the_same_bytes() -> None:
    again = pack_image(firmware(), BOARD, IDENTITY, sign=KEY.sign, public_key=PUBLIC)
    assert again == image()


def test_a_signer_that_signs_wrongly_is_found_out() -> None:
    with pytest.raises(BadImage, match="invalid signature"):
        pack_image(firmware(), BOARD, IDENTITY, sign=lambda digest: bytes(64), public_key=PUBLIC)


def test_the_signer_sees_a_digest_only() -> None:
    seen: list[bytes] = []

    def sign(digest: bytes) -> bytes:
        seen.append(digest)
        return KEY.sign(digest)

    pack_image(firmware(), BOARD, IDENTITY, sign=sign, public_key=PUBLIC)
    assert [len(digest) for digest in seen] == [32]


@given(st.floats(0, 1, exclude_max=True), st.integers(1, 255))
def test_a_change_in_the_records_raises_nothing_else(where: float, change: int) -> None:
    data = bytearray(image())
    start = BOARD.header_bytes + len(firmware().payload)
    data[start + int(where * (len(data) - start))] ^= change
    assert "\n" not in (refusal_of(bytes(data)) or "")
