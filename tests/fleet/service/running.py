"""The whole service as `make up` starts it, in a folder and on a port of its own."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from tests.ports import free_port

ROOT = Path(__file__).parents[3]
STOP_SECONDS = 60.0
LOOK_SECONDS = 0.05


@dataclass(frozen=True)
class Running:
    """A service that runs."""

    url: str
    port: int
    folder: Path
    pid: int
    environment: Mapping[str, str]

    def python(self, program: str) -> str:
        """Run a program beside the service, with Django set up; what it printed."""
        done = subprocess.run(
            [sys.executable, "-c", f"import django; django.setup()\n{program}"],
            env=self.environment,
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def logs(self) -> str:
        """What all processes wrote."""
        return "".join(path.read_text() for path in sorted((self.folder / "log").iterdir()))


@contextmanager
def service(folder: Path, **settings: str) -> Iterator[Running]:
    """Run the service inside the block."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "fleet.settings",
        "EDGEFLEET_VAR": str(folder),
        "DATABASE_URL": f"sqlite:///{folder / 'db.sqlite3'}",
        "EDGEFLEET_PUBLIC_URL": url,
        "EDGEFLEET_ADMIN_PASSWORD": "of the tests only",
        "SECRET_KEY": "tests only",
        **settings,
    }
    up = [sys.executable, "manage.py", "up", "--bind", f"127.0.0.1:{port}"]
    process = subprocess.Popen(
        [*up, "--logs", str(folder / "log")], cwd=ROOT, env=environment, stdout=subprocess.DEVNULL
    )
    try:
        _wait(url, process)
        yield Running(url, port, folder, process.pid, environment)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(STOP_SECONDS)


def _wait(url: str, process: "subprocess.Popen[bytes]") -> None:
    """Until it answers; as long as it lives."""
    while True:
        assert process.poll() is None, "the service ended while it started"
        try:
            if httpx.get(f"{url}/readyz", timeout=30).is_success:
                return
        except httpx.TransportError:
            time.sleep(LOOK_SECONDS)  # a process of the system: there is nothing else to wait on
