"""The fleet: real agent processes, each with its own folder, key, camera and gain."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

LOTS: Final = ("A4", "A4", "A4", "A4", "A4", "A5", "A5", "B7", "B7", "B7")
SITES: Final = ("lyon", "oslo")
WINDOW_SECONDS: Final = 3
STOP_SECONDS: Final = 10.0


@dataclass
class Agent:
    """One simulated machine that runs the real agent."""

    name: str
    lot: str
    folder: Path
    process: "subprocess.Popen[bytes] | None" = None

    @property
    def gain(self) -> Path:
        """The file whose number the camera multiplies its pixels with."""
        return self.folder / "gain"


def plan(folder: Path) -> list[Agent]:
    """Return the fleet that will be: ten devices of three lots."""
    return [
        Agent(f"cam-{index:02}", lot, folder / f"cam-{index:02}")
        for index, lot in enumerate(LOTS, start=1)
    ]


def prepare(agent: Agent, *, url: str, target: str, images: Path, seed: int) -> None:
    """Write the agent's configuration and set its camera's gain to one."""
    agent.folder.mkdir(parents=True)
    agent.gain.write_text("1.0")
    configuration = {
        "server_url": url,
        "controller_id": agent.name,
        "target": target,
        "state_dir": str(agent.folder / "state"),
        "window_seconds": WINDOW_SECONDS,
        "feed": "fleet.demo.camera:frames",
        "feed_options": {"images": str(images), "gain": str(agent.gain), "seed": seed},
    }
    (agent.folder / "agent.json").write_text(json.dumps(configuration, indent=1))


def command(agent: Agent, *words: str) -> list[str]:
    """Return an agent command line."""
    return [
        sys.executable,
        "-m",
        "device_agent",
        "--config",
        str(agent.folder / "agent.json"),
        *words,
    ]


def enrol(agent: Agent, code: str, root: Path) -> None:
    """Enrol with a one-time code. Raises CalledProcessError when the service refuses."""
    subprocess.run(command(agent, "enrol", code), cwd=root, check=True, capture_output=True)


def start(agent: Agent, root: Path) -> None:
    """Start the agent; its log lies in its folder."""
    with (agent.folder / "log").open("ab") as log:
        agent.process = subprocess.Popen(
            command(agent, "run"),
            cwd=root,
            stdout=log,
            stderr=log,
            stdin=subprocess.DEVNULL,
            env=os.environ | {"PYTHONUNBUFFERED": "1"},
        )


def stop(fleet: list[Agent]) -> None:
    """End every agent."""
    for agent in fleet:
        if agent.process:
            agent.process.terminate()
    for agent in fleet:
        if agent.process:
            try:
                agent.process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                agent.process.kill()
