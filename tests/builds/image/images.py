"""A fixed key and a tiny firmware, for the image suite."""

from functools import cache

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from builds.image import Firmware, Identity, build_firmware, pack_image
from builds.targets import load_board
from tests.builds.toolchain.sources import model

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PUBLIC = KEY.public_key().public_bytes_raw()
OTHER = Ed25519PrivateKey.from_private_bytes(bytes(32)).public_key().public_bytes_raw()
SHA256 = "0123456789abcdef" * 4
BOARD = load_board("nucleo-l4r5zi")
IDENTITY = Identity("1.2.3+4", 7, SHA256)


@cache
def firmware(board: str = "nucleo-l4r5zi") -> Firmware:
    return build_firmware({"model.cc": model()}, load_board(board), cflags=("-O2",))


@cache
def image(identity: Identity = IDENTITY) -> bytes:
    return pack_image(firmware(), BOARD, identity, sign=KEY.sign, public_key=PUBLIC)
