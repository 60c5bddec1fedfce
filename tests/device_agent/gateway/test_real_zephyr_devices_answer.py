"""Programs of Zephyr's own server, built by another project, over each kind of line."""

import pytest

from device_agent.clock import SystemClock
from device_agent.gateway.carriers import slots, stock
from device_agent.gateway.line.conversation import Conversation
from device_agent.gateway.line.smp_link import SmpLink
from device_agent.gateway.settings import ChildSettings, LineKind
from device_agent.protocol.chip.packet import SmpGroup
from tests.simulators import zephyr

pytestmark = pytest.mark.emulator

ECHO = 0
CONSOLE = "_buf96 _buf256 _buf400 _buf512 _buf1024 _buf2048 _line512 _bigrx".split()


def told_by(link: SmpLink, *, payload: int) -> dict[str, str]:
    """Ask who answers, and have a text of this length come back."""
    asked = Conversation(link, SystemClock(), answer_seconds=0.5)
    assert slots.identify(asked) is None
    stock.widen(asked)
    text = "x" * payload
    assert asked.ask(SmpGroup.SYSTEM, ECHO, {"d": text}, write=True) == {"r": text}
    carrier = stock.StockCarrier(asked, SystemClock(), recovery=0, boot_digests={})
    told = carrier.told()
    assert asked.quality.lost <= 1  # the program may still be opening its port
    return told


@pytest.mark.parametrize("variant", CONSOLE)
def test_the_serial_console_in_every_size_of_buffer(variant: str) -> None:
    with zephyr.native(f"native_sim_serial{variant}") as (device, address):
        link = SmpLink(ChildSettings("child", LineKind.CONSOLE, address))
        told = told_by(link, payload=min(device.buf_size - 30, 200))
        link.close()
    assert told["board"] == "native_sim/native"
    assert "smp.smp_svr_stats.ticks" in told


def test_a_line_whose_receiver_holds_one_line_only() -> None:
    with zephyr.native("native_sim_serial") as (_, address):
        link = SmpLink(ChildSettings("child", LineKind.CONSOLE, address))
        told = told_by(link, payload=40)
        link.close()
    assert told["board"] == "native_sim/native"


def test_a_server_that_does_not_tell_its_buffer() -> None:
    with zephyr.native("native_sim_serial_noparams") as (_, address):
        link = SmpLink(ChildSettings("child", LineKind.CONSOLE, address))
        told = told_by(link, payload=30)
        link.close()
    assert told["board"] == "native_sim/native"


def test_raw_framing() -> None:
    with zephyr.native("native_sim_serial_raw") as (device, address):
        link = SmpLink(ChildSettings("child", LineKind.RAW, address))
        told = told_by(link, payload=device.buf_size - 30)
        link.close()
    assert told["board"] == "native_sim/native"


def test_udp() -> None:
    with zephyr.native("native_sim_udp") as (_, address):
        link = SmpLink(ChildSettings("child", LineKind.UDP, address))
        told = told_by(link, payload=1000)
        link.close()
    assert told["board"] == "native_sim/native"
