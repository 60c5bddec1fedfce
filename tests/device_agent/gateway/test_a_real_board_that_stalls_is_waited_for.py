"""A microbit in QEMU erases flash for seconds while its first pieces come: the upload goes on."""

import hashlib

import pytest

from device_agent.clock import SystemClock
from device_agent.gateway.carriers import slots, stock
from device_agent.gateway.line.conversation import Conversation
from device_agent.gateway.line.smp_link import SmpLink
from device_agent.gateway.line.upload import PieceUpload
from device_agent.gateway.settings import ChildSettings, LineKind
from device_agent.protocol.chip.packet import SmpGroup
from tests.simulators import zephyr

pytestmark = pytest.mark.emulator

BOARD = "qemu_cortex_m0_serial.merged"
BEGINNING = 5000  # bytes of its image: past the sectors where it stalls
MOST = "qemu_cortex_m0_serial.signed.bin"


def test_the_first_sectors_arrive_whole() -> None:
    with zephyr.emulated(BOARD) as (device, address):
        image = next(zephyr.folder().glob(f"*{MOST}")).read_bytes()[:BEGINNING]
        link = SmpLink(ChildSettings("board", LineKind.CONSOLE, address))
        asked = Conversation(link, SystemClock())
        assert slots.identify(asked) is None  # also waits until the board has started
        stock.widen(asked)
        assert link.packet_bytes == device.buf_size - 4
        held: list[int] = []
        first = {"len": len(image), "sha": hashlib.sha256(image).digest()}
        PieceUpload(asked, SmpGroup.IMAGE, stock.UPLOAD, image, first, held.append).send()
        link.close()
    assert held[-1] == BEGINNING
    assert held == sorted(held)
