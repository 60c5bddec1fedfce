"""systemd hears that the loop goes round, not more often than it needs to."""

import os
import socket
from pathlib import Path

import pytest

from device_agent.watchdog import EVERY_SECONDS, watchdog
from tests.device_agent.simulators.device import SimClock

UNIT = Path(__file__).parents[2] / "device_agent" / "systemd" / "edgefleet-agent.service"


def test_it_says_ready_once_and_then_that_it_lives(tmp_path: Path) -> None:
    clock, address = SimClock(), str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(address)
        systemd.setblocking(False)
        alive = watchdog(clock, {"NOTIFY_SOCKET": address})
        for _ in range(10):
            alive()
            clock.sleep(1.0)
        assert systemd.recv(100) == b"READY=1\nWATCHDOG=1"
        assert systemd.recv(100) == b"WATCHDOG=1"


def test_an_abstract_address_is_understood() -> None:
    name = f"edgefleet-agent-test-{os.getpid()}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(f"\0{name}")
        systemd.settimeout(5)
        watchdog(SimClock(), {"NOTIFY_SOCKET": f"@{name}"})()
        assert systemd.recv(100).startswith(b"READY=1")


def test_without_systemd_nothing_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[bytes] = []
    monkeypatch.setattr("device_agent.watchdog._send", lambda message, _: sent.append(message))
    watchdog(SimClock(), {})()
    assert sent == []


def test_a_listener_that_left_stops_nothing(tmp_path: Path) -> None:
    address = tmp_path / "gone"
    watchdog(SimClock(), {"NOTIFY_SOCKET": str(address)})()
    assert not address.exists()


def test_the_unit_waits_longer_than_any_wait_of_the_agent() -> None:
    lines = UNIT.read_text().splitlines()
    seconds = next(int(line.split("=")[1]) for line in lines if line.startswith("WatchdogSec="))
    assert seconds > 2 * (60 + 30) - 1 > EVERY_SECONDS
