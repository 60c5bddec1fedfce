"""The service as a process of its own, which can be killed and started again."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from builds.toolchain.group import end_group
from tests.ports import free_port, listens
from tests.waiting import PATIENCE_SECONDS, until

ROOT = Path(__file__).parents[3]
PREPARE = """
import django; django.setup()
from django.core.management import call_command
from fleet.access.rules.roles import ROLES
from registry import services
from tests import personas
call_command("migrate", verbosity=0)
services.model_create(name="digits", by=personas.SYSTEM)
print(personas.token("owner", scopes=ROLES["admin"])[1])
"""


class Served:
    """One service on one port."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.blobs = folder / "blobs"
        self.environment = os.environ | {
            "EDGEFLEET_VAR": str(folder),
            "BLOB_STORE": f"file://{self.blobs}",
            "DATABASE_URL": f"sqlite:///{folder / 'db.sqlite3'}",
            "PYTHONPATH": str(ROOT),
        }
        self.process: subprocess.Popen[bytes] | None = None

    def prepare(self) -> str:
        """Migrate, make a model, and return the secret of a token."""
        return self.python(PREPARE)

    def python(self, program: str) -> str:
        """Run a program beside the service and return what it printed."""
        done = subprocess.run(
            [sys.executable, "-c", program],
            env=self.environment,
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=PATIENCE_SECONDS,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def start(self) -> None:
        """Start and wait until it answers."""
        command = [sys.executable, "manage.py", "web", "--processes", "1"]
        self.process = subprocess.Popen(
            [*command, "--bind", f"127.0.0.1:{self.port}"],
            env=self.environment,
            cwd=ROOT,
            start_new_session=True,
        )
        until(lambda: listens(self.port), "the service listens", process=self.process)

    def kill(self, *_: Any) -> None:
        """End it as a lost power supply does: no handler runs, no buffer is written."""
        if self.process is not None:
            end_group(self.process.pid)
            self.process.wait()
            self.process = None
