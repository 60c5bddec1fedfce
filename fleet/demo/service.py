"""Starts the service as a user would, in its own folder, and makes the demonstration's token."""

import os
import platform
import secrets
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final, Protocol

import httpx
from rich.console import Console

from fleet.demo import tied
from fleet.demo.waits import Waits, processor_seconds

ANSWER_SECONDS: Final = 60.0  # of one look
READY: Final = "ready"
MANAGE: Final = (sys.executable, "-m", "fleet")
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


class Login(Protocol):
    """How to get in; a token is made when there is none."""

    password: str
    token: str


@dataclass
class FirstLogin:
    """A login of this start alone."""

    password: str
    token: str = ""


@dataclass(frozen=True)
class Running:
    """A running service: where it is, how to get in, and what it is on this machine."""

    url: str
    token: str
    password: str
    process: "subprocess.Popen[bytes]"
    logs: Path

    def ended(self) -> str:
        """Return that the service has ended, with the place of its logs; nothing while it lives."""
        code = self.process.poll()
        return "" if code is None else f"the service ended with code {code}; see {self.logs}"


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
def running(
    var: Path,
    bind: str,
    root: Path,
    *,
    console: Console | None = None,
    login: Login | None = None,
    lock: int | None = None,
) -> Iterator[Running]:
    """Run the service inside the block, which is entered once it is ready.

    The console is told where it will be and how to get in, before the wait. A `login` without a
    token gets one. Processes that outlive a killed demonstration hold `lock` until they end.
    """
    require_free(bind)
    console, login = console or Console(quiet=True), login or FirstLogin(secrets.token_urlsafe(12))
    url, logs = f"http://{bind}", var / "log"
    logs.mkdir(parents=True, exist_ok=True)
    environment, held = _environment(var, url, login), () if lock is None else (lock,)
    at_home = partial(subprocess.run, cwd=root, env=environment, pass_fds=held, check=True)
    console.print(f"  console {url}/console/  user admin  password {login.password}")
    console.print("  the database is made ready, then web, workers, signer and beat start ...")
    at_home(tied.command(*MANAGE, "up", "--prepare-only"), stdout=subprocess.DEVNULL)
    if not login.token:
        made = tied.command(*MANAGE, "token_create", "admin", "--name", "demo")
        login.token = at_home(made, stdout=subprocess.PIPE, text=True).stdout.strip()
    with (logs / "up.log").open("ab") as log:
        process = subprocess.Popen(
            tied.command(*MANAGE, "up", "--bind", bind, "--logs", str(logs)),
            cwd=root,
            env=environment,
            stdout=log,
            stderr=log,
            pass_fds=held,
        )
    try:
        service = Running(url, login.token, login.password, process, logs)
        _wait(service, console)
        yield service
    finally:
        process.terminate()
        process.wait()  # it ends what it started, by force if need be, and then itself


def _environment(var: Path, url: str, login: Login) -> dict[str, str]:
    here = {
        "EDGEFLEET_VAR": str(var),
        "EDGEFLEET_PUBLIC_URL": url,
        "EDGEFLEET_ADMIN_PASSWORD": login.password,
    }
    return {**os.environ, **PACE, **here}


def _wait(service: Running, console: Console) -> None:
    def look() -> tuple[str, float]:
        try:
            answer = httpx.get(f"{service.url}/readyz", timeout=ANSWER_SECONDS)
        except httpx.TransportError:
            said = "does not answer yet"
        else:
            said = READY if answer.is_success else answer.text[:200]
        return said, processor_seconds(service.process)

    waits = Waits(console, service.ended)
    waits.until("the service", look, lambda seen: seen[0] == READY, tell=lambda seen: seen[0])
