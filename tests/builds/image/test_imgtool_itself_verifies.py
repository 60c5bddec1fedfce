"""`imgtool verify`, as anybody runs it, accepts our images and refuses what was changed."""

import struct
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from builds.image import BadImage, verify_image
from tests.builds.image.images import BOARD, KEY, OTHER, PUBLIC, firmware, image

pytestmark = pytest.mark.toolchain
TLV_HEAD = struct.Struct("<HH")
TLV_KEY_HASH = 0x01


def imgtool(path: Path, key: Path) -> int:
    tool = Path(sys.executable).with_name("imgtool")
    done = subprocess.run(
        [tool, "verify", "-k", key, path], capture_output=True, text=True, check=False
    )
    return done.returncode


def public_pem(folder: Path) -> Path:
    path = folder / "firmware.pub"
    pem = KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    path.write_bytes(pem)
    return path


def records(data: bytes) -> dict[int, tuple[int, int]]:
    """Type → place and length of every record that the hash does not cover."""
    at = BOARD.header_bytes + len(firmware().payload)
    at += TLV_HEAD.unpack_from(data, at)[1]  # the protected ones
    end = at + TLV_HEAD.unpack_from(data, at)[1]
    at, found = at + TLV_HEAD.size, {}
    while at < end:
        kind, length = TLV_HEAD.unpack_from(data, at)
        found[kind] = (at + TLV_HEAD.size, length)
        at += TLV_HEAD.size + length
    return found


def test_imgtool_accepts_ours_and_refuses_a_changed_one(tmp_path: Path) -> None:
    path, key = tmp_path / "image.bin", public_pem(tmp_path)
    path.write_bytes(image())
    assert imgtool(path, key) == 0
    changed = bytearray(image())
    changed[BOARD.header_bytes] ^= 1
    path.write_bytes(changed)
    assert imgtool(path, key) != 0


def test_every_single_changed_byte_is_refused() -> None:
    """All but the name of the key: a bootloader that finds no key by it refuses, too."""
    whole = image()
    found = records(whole)
    covered = range(min(place for place, _ in found.values()) - TLV_HEAD.size * 2)
    signed = [range(at, at + n) for kind, (at, n) in found.items() if kind != TLV_KEY_HASH]
    places = [at for part in (covered, *signed) for at in part]
    named = found[TLV_KEY_HASH][1] + TLV_HEAD.size * (len(found) + 1)  # the rest: heads of records
    assert len(places) == len(whole) - named
    for at in places:
        changed = bytearray(whole)
        changed[at] ^= 0x40
        with pytest.raises(BadImage):
            verify_image(bytes(changed), PUBLIC)


def test_the_right_bytes_with_another_key_are_refused() -> None:
    with pytest.raises(BadImage):
        verify_image(image(), OTHER)
