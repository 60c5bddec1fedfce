"""A TUF client as its users see it: three commands, two folders, an exit code.

In this process, for speed; as a process of its own when the clock is another one, or when
``TUF_CLIENT`` names a command (``make tuf-conformance`` does).
"""

import json
import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import pytest

from device_agent.tuf_client import main
from tests.device_agent.simulators.process import ROOT
from tests.waiting import PATIENCE_SECONDS

VARIABLE = "TUF_CLIENT"
OURS = f"{shlex.quote(sys.executable)} -m device_agent.tuf_client"


class TufClient:
    def __init__(self, folder: Path, url: str) -> None:
        self.metadata, self.targets = folder / "metadata", folder / "targets"
        self.metadata.mkdir(parents=True)
        self.targets.mkdir()
        self._trusted, self._url = folder / "trusted.json", url

    def init(self, root: bytes) -> int:
        self._trusted.write_bytes(root)
        return _run(["--metadata-dir", str(self.metadata), "init", str(self._trusted)])

    def refresh(self, *, at: datetime | None = None) -> int:
        return _run([*self._where(), "refresh"], at=at)

    def download(self, *names: str, at: datetime | None = None) -> int:
        wanted = [word for name in names for word in ("--target-name", name)]
        base = ["--target-dir", str(self.targets), "--target-base-url", f"{self._url}/targets"]
        return _run([*self._where(), *wanted, *base, "download"], at=at)

    def stored(self, role: str) -> bytes | None:
        path = self.metadata / f"{role}.json"
        return path.read_bytes() if path.exists() else None

    def version(self, role: str) -> int | None:
        return self.trusted().get(role)

    def trusted(self) -> dict[str, int]:
        """Every role that the client believes, and which version of it."""
        return {
            path.name.removesuffix(".json"): json.loads(path.read_bytes())["signed"]["version"]
            for path in self.metadata.glob("*.json")
        }

    def artifacts(self) -> set[bytes]:
        """All that was downloaded and believed."""
        return {path.read_bytes() for path in self.targets.rglob("*") if path.is_file()}

    def _where(self) -> list[str]:
        return ["--metadata-url", f"{self._url}/metadata", "--metadata-dir", str(self.metadata)]


def _run(words: Sequence[str], *, at: datetime | None = None) -> int:
    command = os.environ.get(VARIABLE)
    if command is None and at is None:
        return main(words)
    return _as_process([*shlex.split(command or OURS), *words], at)


def _as_process(command: list[str], at: datetime | None) -> int:
    if at is not None:
        if shutil.which("faketime") is None:
            pytest.skip("faketime is not installed")
        command = ["faketime", at.strftime("%Y-%m-%d %H:%M:%S"), *command]
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "TZ": "UTC"}
    done = subprocess.run(
        command, env=environment, capture_output=True, timeout=PATIENCE_SECONDS, check=False
    )
    return done.returncode
