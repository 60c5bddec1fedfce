import hashlib

import pytest

from builds.image import Identity, read_image
from builds.image.layout import (
    FLAG_NON_BOOTABLE,
    FLAG_ROM_FIXED,
    TLV_DEPENDENCY,
    TLV_ED25519,
    TLV_KEYHASH,
    TLV_SHA256,
)
from tests.builds.image.images import BOARD, SHA256, firmware, image

pytestmark = pytest.mark.toolchain


def test_version_counter_model_and_target_are_inside() -> None:
    facts = read_image(image())
    assert facts.version == "1.2.3+4"
    assert facts.security_counter == 7
    assert facts.model_sha256 == SHA256
    assert facts.target == "cortex-m4f"


def test_the_payload_is_the_linked_model() -> None:
    facts = read_image(image())
    assert facts.payload == firmware().payload
    assert facts.slot_address == BOARD.slot_address


def test_a_bootloader_is_told_not_to_boot_it() -> None:
    facts = read_image(image())
    assert facts.flags == FLAG_NON_BOOTABLE | FLAG_ROM_FIXED


def test_digest_key_and_signature_are_there() -> None:
    records = read_image(image()).records
    assert set(records) == {TLV_KEYHASH, TLV_SHA256, TLV_ED25519}
    assert len(records[TLV_ED25519]) == 64


def test_the_digest_covers_header_payload_and_protected_records() -> None:
    data = image()
    facts = read_image(data)
    protected = int.from_bytes(data[10:12], "little")
    covered = data[: BOARD.header_bytes + len(facts.payload) + protected]
    assert facts.records[TLV_SHA256] == hashlib.sha256(covered).digest()


def test_it_may_depend_on_the_firmware() -> None:
    facts = read_image(image(Identity("2.0", 0, SHA256, requires_firmware="1.4.0")))
    assert facts.protected[TLV_DEPENDENCY] == b"\0\0\0\0\1\4\0\0\0\0\0\0"
    assert facts.security_counter == 0


def test_without_a_dependency_there_is_no_record() -> None:
    assert TLV_DEPENDENCY not in read_image(image()).protected
