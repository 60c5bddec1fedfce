"""A chip that can verify orders takes none from a gateway, from nobody, or for another chip."""

import hmac
import platform
import struct
from collections.abc import Iterator

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from builds.image.model_image import PayloadKind, SlotImage, pack
from device_agent.protocol.chip.image import target_digest
from tests.device_agent.chip import models, stories
from tests.simulators.board import CONFIRM, IDENTITY, SWITCH, UPLOAD, Line, Made, host
from tests.simulators.whole_chip import TARGET, WholeChip

pytestmark = pytest.mark.toolchain
SECRET, OTHER = bytes(range(32)), bytes(32)
NOT_AUTHENTIC = {"err": {"group": 64, "rc": 8}}
DATA = pack(
    SlotImage(PayloadKind.CODE, 0, b"code", 0, 9, target_digest(TARGET), bytes(32), bytes(32))
)
SHA = stories.sha_of(DATA)
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PUBLIC = KEY.public_key().public_bytes_raw()


def message(hardware_id: bytes, sha: bytes, counter: int) -> bytes:
    head = b"edgefleet-switch-1\0" + bytes([len(hardware_id)]) + hardware_id
    return head + sha + struct.pack("<I", counter)


def mac(key: bytes, hardware_id: bytes, counter: int = 9) -> bytes:
    return hmac.digest(key, message(hardware_id, SHA, counter), "sha256")


@pytest.fixture
def chip() -> WholeChip:
    made = WholeChip(strength=1, key=SECRET)
    body = {"off": 0, "len": len(DATA), "sha": SHA, "data": DATA}
    assert made.ask(UPLOAD, body, write=True) == {"off": len(DATA)}
    return made


@pytest.mark.parametrize(
    "proof",
    [
        {},
        {"mac": bytes(32)},
        {"mac": mac(OTHER, b"chip-0001")},
        {"mac": mac(SECRET, b"chip-0002")},
        {"mac": mac(SECRET, b"chip-0001", 8)},
        {"sig": bytes(64)},
    ],
    ids=["none", "zeros", "another key", "another chip", "another counter", "a signature"],
)
def test_what_is_not_the_devices_own_is_refused(chip: WholeChip, proof: dict[str, bytes]) -> None:
    order = {"sha": SHA, "counter": 9, **proof}
    assert chip.ask(SWITCH, order, write=True) == NOT_AUTHENTIC
    assert chip.ask(CONFIRM, {"sha": SHA}, write=True)["err"]["rc"] == 10


def test_its_own_order_is_taken(chip: WholeChip) -> None:
    order = {"sha": SHA, "counter": 9, "mac": mac(SECRET, b"chip-0001")}
    assert chip.ask(SWITCH, order, write=True) == {}
    assert chip.ask(CONFIRM, {"sha": SHA}, write=True) == {}


def test_a_client_without_an_order_cannot_test_an_image(chip: WholeChip) -> None:
    assert chip.ask(0, {"hash": SHA}, write=True, group=1) == {"rc": 8}


@pytest.fixture(scope="module")
def signed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Line]:
    """A board that verifies Ed25519 with the object from Zig's standard library."""
    if platform.machine() != "x86_64":
        pytest.skip("the board as a process runs on x86-64")
    made = Made(b"board-0003", strength=2, key=PUBLIC)
    with host(tmp_path_factory.mktemp("board"), made) as running, running.line() as line:
        yield line


@pytest.mark.xdist_group("board")
def test_a_signature_is_verified_on_the_chip(signed: Line) -> None:
    data = models.image("linux-x86_64")
    sha = stories.sha_of(data)
    signed.upload(data, sha)
    right = KEY.sign(message(b"board-0003", sha, 1))
    other = Ed25519PrivateKey.from_private_bytes(OTHER).sign(message(b"board-0003", sha, 1))
    assert signed.ask(IDENTITY)["strength"] == 2
    assert stories.code_of_refusal(signed, data) == 8
    for wrong in (other, right[:-1] + bytes([right[-1] ^ 1])):
        assert stories.code_of_refusal(signed, data, sig=wrong) == 8
    assert stories.code_of_refusal(signed, data, 2, sig=right) == 8
    assert stories.switch(signed, data, sig=right) == {}
    assert stories.running(signed) == "1.0.0"
