"""The agent's own code against the running service: join, open a session, poll, hand in windows."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from device_agent.clock import SystemClock
from device_agent.identity.enrolment import enrol_device
from device_agent.identity.keys import Enrolment, device_key
from device_agent.net.client import DeviceClient
from device_agent.net.session import DeviceSession
from device_agent.net.transport import UrllibWire
from device_agent.protocol.frame import encode_frame
from device_agent.storage.port import FileStorage
from fleet.devices.models import Device
from fleet.telemetry.models import Report
from tests.fleet.devices.factories import code
from tests.fleet.telemetry.world import registered, unit
from tests.waiting import PATIENCE_SECONDS

pytestmark = pytest.mark.django_db(transaction=True)
ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def service(live_server: Any, settings: Any) -> str:
    settings.EDGEFLEET_PUBLIC_URL = live_server.url
    return str(live_server.url)


def joined(service: str, folder: Path) -> tuple[Enrolment, DeviceClient]:
    storage, wire, clock = FileStorage(folder), UrllibWire(), SystemClock()
    enrolment, state = enrol_device(
        storage=storage,
        wire=wire,
        clock=clock,
        server_url=service,
        code=code(),
        controller_id="cam-77",
        target="linux-x86_64",
        attributes={"agent": "tests"},
    )
    assert state == "accepted"
    key = device_key(storage)
    session = DeviceSession(wire, clock, server_url=service, controller_id="cam-77", key=key)
    return enrolment, DeviceClient(wire, session, clock, poll_url=enrolment.poll_url)


def test_it_joins_polls_and_hands_in_a_window_twice(service: str, tmp_path: Path) -> None:
    registered()
    _, client = joined(service, tmp_path)
    link = client.poll().links["telemetry"]
    sealed = encode_frame(unit("other").frame(t_open_s=1))  # before this machine's uptime
    first = client.telemetry(link, sealed, boot_id=1)
    again = client.telemetry(link, sealed, boot_id=1)
    assert (first.dup, again.dup) == (False, True)
    assert Report.objects.get().device.controller_id == "cam-77"


def test_the_program_joins_with_a_code(service: str, tmp_path: Path) -> None:
    secret = code(labels={"lot": "B7"})
    command = [
        *(sys.executable, "-m", "device_agent", "--state-dir", str(tmp_path), "enrol"),
        *("--server", service, "--controller-id", "cam-78", "--target", "linux-x86_64", secret),
    ]
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path)}
    done = subprocess.run(
        command,
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    row = Device.objects.get()
    assert (row.controller_id, row.state, row.labels) == ("cam-78", "accepted", {"lot": "B7"})
