"""The fleet: real agent processes, each with its own folder, key, camera and gain."""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from fleet.demo import tied
from fleet.demo.waits import LOOK_SECONDS, Waits

LOTS: Final = ("A4", "A4", "A4", "A4", "A4", "A5", "A5", "B7", "B7", "B7")
SITES: Final = ("lyon", "oslo")
WINDOW_SECONDS: Final = 3
CHILD_SECONDS: Final = 2.0  # between two visits of a board
STOP_SECONDS: Final = 10.0
AGAIN: Final = 1  # exit code of an agent that the service did not answer
NOT_ENROLLED: Final = 3


@dataclass
class DemoAgent:
    """One simulated machine that runs the real agent."""

    name: str
    lot: str
    folder: Path
    process: "subprocess.Popen[bytes] | None" = None
    children: Sequence[dict[str, object]] = ()  # boards behind it

    @property
    def gain(self) -> Path:
        """The file whose number the camera multiplies its pixels with."""
        return self.folder / "gain"


def plan(folder: Path) -> list[DemoAgent]:
    """Return the fleet that will be: ten devices of three lots."""
    return [
        DemoAgent(f"cam-{index:02}", lot, folder / f"cam-{index:02}")
        for index, lot in enumerate(LOTS, start=1)
    ]


def prepare(agent: DemoAgent, *, url: str, target: str, images: Path, seed: int) -> None:
    """Write the agent's configuration, and set its camera's gain to one if it has none yet."""
    agent.folder.mkdir(parents=True, exist_ok=True)
    if not agent.gain.exists():
        agent.gain.write_text("1.0")
    configuration = {
        "server_url": url,
        "controller_id": agent.name,
        "target": target,
        "state_dir": str(agent.folder / "state"),
        "window_seconds": WINDOW_SECONDS,
        "children": list(agent.children),
        "child_seconds": CHILD_SECONDS,
        "feed": "fleet.demo.camera:frames",
        "feed_options": {"images": str(images), "gain": str(agent.gain), "seed": seed},
    }
    (agent.folder / "agent.json").write_text(json.dumps(configuration, indent=1))


def command(agent: DemoAgent, *words: str) -> list[str]:
    """Return an agent command line."""
    return [
        sys.executable,
        "-m",
        "device_agent",
        "--config",
        str(agent.folder / "agent.json"),
        *words,
    ]


def enrolled(agent: DemoAgent, root: Path) -> bool:
    """Tell whether the agent has joined, in this start or one before."""
    if not (agent.folder / "state").exists():
        return False
    asked = subprocess.run(
        tied.command(*command(agent, "status")), cwd=root, capture_output=True, check=False
    )
    return asked.returncode != NOT_ENROLLED


def enrol(agent: DemoAgent, code: str, root: Path, waits: Waits) -> None:
    """Enrol with a one-time code, for as long as the service lives. Ends the program if refused."""
    while True:
        words = tied.command(*command(agent, "enrol", code))
        done = subprocess.run(words, cwd=root, capture_output=True, text=True, check=False)
        if done.returncode == 0:
            return
        if done.returncode != AGAIN or waits.alive():
            raise SystemExit(f"{agent.name} did not enrol: {done.stderr.strip()}")
        waits.sleep(LOOK_SECONDS)


def start(agent: DemoAgent, root: Path, lock: int) -> None:
    """Start the agent, which holds the demonstration's folder with `lock`; its log lies in its
    own.
    """
    with (agent.folder / "log").open("ab") as log:
        agent.process = subprocess.Popen(
            tied.command(*command(agent, "run")),
            cwd=root,
            pass_fds=(lock,),
            stdout=log,
            stderr=log,
            stdin=subprocess.DEVNULL,
            env=os.environ | {"PYTHONUNBUFFERED": "1"},
        )


def stop(fleet: list[DemoAgent]) -> None:
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


def ended(fleet: list[DemoAgent]) -> str:
    """Return which agent is no longer there, with the place of its log; nothing if all run."""
    for agent in fleet:
        if agent.process and agent.process.poll() is not None:
            code = agent.process.returncode
            return f"{agent.name} ended with exit code {code}; its log is {agent.folder / 'log'}"
    return ""
