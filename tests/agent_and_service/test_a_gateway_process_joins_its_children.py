"""The command line, whole: an agent with a child on UDP enrols, and its child joins behind it."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from pytest_django.live_server_helper import LiveServer

from fleet.devices.models import Device
from tests.agent_and_service.device import code
from tests.simulators import zephyr
from tests.waiting import PATIENCE_SECONDS

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.emulator]

ROOT = Path(__file__).parents[2]
CHILD = {"name": "board-1", "transport": "udp", "address": "127.0.0.1", "target": "cortex-m3"}


def agent(folder: Path, *words: str, **settings: object) -> "subprocess.CompletedProcess[str]":
    file = folder / "agent.json"
    told = {"state_dir": str(folder / "state"), "controller_id": "gw-1", "target": "linux-x86_64"}
    file.write_text(json.dumps(told | settings))
    command = [sys.executable, "-m", "device_agent", "--config", str(file), *words]
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        command,
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        env=environment,
        check=False,
    )


def test_one_command_does_it(live_server: LiveServer, settings: Any, tmp_path: Path) -> None:
    settings.EDGEFLEET_PUBLIC_URL = live_server.url
    joined = agent(tmp_path, "enrol", code(), "--server", live_server.url)
    assert joined.returncode == 0, joined.stderr
    Device.objects.update(accepts_children=True)
    with zephyr.native("native_sim_udp"):
        done = agent(tmp_path, "once", children=[CHILD])
    assert done.returncode == 0, done.stderr
    child = Device.objects.get(controller_id="board-1")
    assert child.behind == Device.objects.get(controller_id="gw-1")
    assert child.attributes["board"] == "native_sim/native"
    assert child.attributes["link"] == "udp 127.0.0.1"


def test_a_child_that_is_not_there_fails_the_command_in_words(
    live_server: LiveServer, settings: Any, tmp_path: Path
) -> None:
    settings.EDGEFLEET_PUBLIC_URL = live_server.url
    agent(tmp_path, "enrol", code(), "--server", live_server.url)
    child = {"name": "board-1", "transport": "console", "address": str(tmp_path / "none")}
    done = agent(tmp_path, "once", children=[child])
    assert done.returncode == 1
    assert "The child 'board-1': The line console " in done.stderr
    assert "cannot be opened" in done.stderr
    assert "Traceback" not in done.stderr
