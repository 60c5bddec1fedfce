"""A real agent process: its own interpreter, real files, a real socket."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from tests.device_agent.simulators.bundles import TARGET
from tests.device_agent.simulators.service import CODE
from tests.waiting import PATIENCE_SECONDS

ROOT = Path(__file__).parents[3]


class AgentProcess:
    def __init__(self, folder: Path, server_url: str, settings: Mapping[str, str]) -> None:
        self.folder = folder
        self.environment = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(ROOT),
            "EDGEFLEET_AGENT_SERVER_URL": server_url,
            "EDGEFLEET_AGENT_STATE_DIR": str(folder),
            "EDGEFLEET_AGENT_CONTROLLER_ID": "dev-1",
            "EDGEFLEET_AGENT_TARGET": TARGET,
            **settings,
        }

    def command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "device_agent", *arguments]

    def call(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            self.command(*arguments),
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=PATIENCE_SECONDS,
            check=False,
        )

    def start(self, *arguments: str) -> "subprocess.Popen[bytes]":
        return subprocess.Popen(
            self.command(*arguments),
            env=self.environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def enrol(self) -> None:
        done = self.call("enrol", CODE)
        assert done.returncode == 0, done.stderr

    def status(self) -> dict[str, object]:
        done = self.call("status", "--json")
        assert done.returncode == 0, done.stderr
        found = json.loads(done.stdout)
        assert isinstance(found, dict)
        return found
