"""A Zephyr board in QEMU, behind MCUboot, takes its own signed image as part of a rollout."""

from dataclasses import replace

import pytest

from device_agent.clock import SystemClock
from device_agent.gateway.line.smp_link import SmpLink
from device_agent.gateway.settings import ChildSettings, LineKind
from tests.agent_and_service import children
from tests.agent_and_service.children import gateway, offer
from tests.agent_and_service.device import state_of
from tests.simulators import zephyr

pytestmark = [pytest.mark.django_db, pytest.mark.emulator]

BOARD = "mps2_an385_serial_recovery_buf1024"
TARGET = "cortex-m3"


def test_serial_recovery_takes_an_image_whole() -> None:
    """The board comes without an application: its boot loader waits, as after a cut update."""
    image = zephyr.signed_image(BOARD)
    with zephyr.emulated(BOARD, application=False) as (_, address):
        settings = ChildSettings(
            "board-1", LineKind.CONSOLE, address, target=TARGET, recovery_bytes=1024
        )
        house = gateway({})
        link = SmpLink(settings)
        house = replace(house, links={"board-1": link}, settings=(settings,), clock=SystemClock())
        agent = house.boot()
        assert agent.round() == {"board-1": ""}
        row = house.row("board-1")
        assert "active" not in row.attributes["slots"]
        (assignment,) = offer([row], children.release("1.0", image, target=TARGET))
        assert agent.round() == {"board-1": ""}
        assert state_of(assignment) == "succeeded"
        agent.stop()
    row.refresh_from_db()
    assert row.running["version"] == "1.0"
    assert row.attributes["board"] == "mps2/an385"
    assert row.attributes["slots"].endswith("active confirmed")
    assert "smp.smp_svr_stats.ticks" in row.attributes
