"""Starts the service as a user would, in its own folder, and makes the demonstration's token."""

import os
import platform
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import httpx

START_SECONDS: Final = 60.0
STOP_SECONDS: Final = 20.0
# A demonstration does not wait for what production takes minutes over.
PACE: Final = {
    "EDGEFLEET_TICK_SECONDS": "0.5",
    "EDGEFLEET_DRIFT_SECONDS": "1",
    "EDGEFLEET_POLL_SECONDS": "1",
    "EDGEFLEET_SWEEP_SECONDS": "2",
    "EDGEFLEET_GATE_SECONDS": "1",
    "EDGEFLEET_REFRESH_SECONDS": "1",
    "EDGEFLEET_ROLLUP_SECONDS": "5",
    "EDGEFLEET_DRIFT_WINDOW_SECONDS": "60",
    "EDGEFLEET_DRIFT_START_SECONDS": "5",
    "EDGEFLEET_PRESENCE_SECONDS": "2",
}
HOST_TARGETS: Final = {"x86_64": "linux-x86_64", "aarch64": "linux-aarch64"}


@dataclass(frozen=True)
class Running:
    """A running service: where it is, how to get in."""

    url: str
    token: str
    password: str


def host_target() -> str:
    """Return the target that this machine's own agents run. Raises KeyError for another CPU."""
    return HOST_TARGETS[platform.machine()]


def require_free(bind: str) -> None:
    """End the program with a sentence if another one listens at `bind` already."""
    host, _, port = bind.rpartition(":")
    with socket.socket() as probe:
        # What a server that just ended leaves behind is no other program.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, int(port)))
        except OSError:
            raise SystemExit(
                f"Another program listens at {bind}: stop it, or `make demo BIND=127.0.0.1:8001`."
            ) from None


@contextmanager
def running(var: Path, bind: str, root: Path) -> Iterator[Running]:
    """Run the service inside the block."""
    require_free(bind)
    password = secrets.token_urlsafe(12)
    url = f"http://{bind}"
    environment = (
        os.environ
        | PACE
        | {
            "EDGEFLEET_VAR": str(var),
            "EDGEFLEET_PUBLIC_URL": url,
            "EDGEFLEET_ADMIN_PASSWORD": password,
        }
    )
    manage = [sys.executable, "manage.py"]
    subprocess.run([*manage, "up", "--prepare-only"], cwd=root, env=environment, check=True)
    up = [*manage, "up", "--bind", bind, "--logs", str(var / "log")]
    process = subprocess.Popen(up, cwd=root, env=environment, stdout=subprocess.DEVNULL)
    try:
        token = subprocess.run(
            [*manage, "token_create", "admin", "--name", "demo"],
            cwd=root,
            env=environment,
            check=True,
            capture_output=True,
            text=True,
        ).stdout.strip()
        _wait(url, process)
        yield Running(url, token, password)
    finally:
        process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()


def _wait(url: str, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if httpx.get(f"{url}/readyz", timeout=5).is_success:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.2)
    raise SystemExit("The service did not start; its logs are in var/demo/log.")
