import pytest

from builds.image import Identity, ImageError, pack_image
from tests.builds.image.images import BOARD, KEY, PUBLIC, SHA256, firmware

pytestmark = pytest.mark.toolchain


def pack(identity: Identity, public_key: bytes = PUBLIC) -> bytes:
    return pack_image(firmware(), BOARD, identity, sign=KEY.sign, public_key=public_key)


@pytest.mark.parametrize(
    "version", ["", "a", "1.2.3.4", "256.0", "1.0.65536", "1.0-rc1", "1.0+4294967296", "-1", "1.٣"]
)
def test_a_version_that_mcuboot_cannot_hold(version: str) -> None:
    with pytest.raises(ImageError, match="version"):
        pack(Identity(version, 0, SHA256))


@pytest.mark.parametrize("version", ["0.0.0", "1", "1.4", "255.255.65535+4294967295"])
def test_a_version_that_it_can(version: str) -> None:
    assert pack(Identity(version, 0, SHA256))


@pytest.mark.parametrize("counter", [-1, 2**32])
def test_a_counter_that_does_not_fit(counter: int) -> None:
    with pytest.raises(ImageError, match="counter"):
        pack(Identity("1.0", counter, SHA256))


def test_a_key_of_another_size() -> None:
    with pytest.raises(ImageError, match="32 bytes"):
        pack(Identity("1.0", 0, SHA256), public_key=b"short")
