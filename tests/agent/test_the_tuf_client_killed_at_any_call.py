"""SIGKILL to a real TUF client at calls that change files: the next run verifies all the same."""

import random
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.agent.simulators.process import ROOT
from tests.agent.simulators.repository import SimRepository, serving

SAMPLE = 8
CALLS = {"write": 8, "fsync": 16, "rename": 8, "mkdir": 1}  # how often a refresh uses each


def client(folder: Path, url: str, *words: str) -> list[str]:
    options = ["--metadata-dir", str(folder), "--metadata-url", f"{url}/metadata"]
    return [sys.executable, "-m", "device_agent.tuf_client", *options, *words]


def run(command: list[str]) -> int:
    environment = {"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"}
    done = subprocess.run(command, env=environment, capture_output=True, timeout=60, check=False)
    return done.returncode


@pytest.mark.e2e
def test_a_client_killed_at_any_call_begins_again(tmp_path: Path) -> None:
    if shutil.which("strace") is None:
        pytest.skip("strace is not installed")
    if run(["strace", "-o/dev/null", "true"]) != 0:
        pytest.skip("this user may not trace processes")
    repository = SimRepository()
    points = [(call, number) for call, often in CALLS.items() for number in range(1, often + 1)]
    with serving(repository) as url:
        trusted = tmp_path / "root.json"
        trusted.write_bytes(repository.files["/metadata/1.root.json"])
        repository.rotate("root")
        for index, (call, number) in enumerate(random.Random(1).sample(points, SAMPLE)):
            folder = tmp_path / str(index)
            assert run(client(folder, url, "init", str(trusted))) == 0
            inject = [f"-etrace={call}", f"-einject={call}:signal=KILL:when={number}"]
            run(["strace", "-o/dev/null", *inject, *client(folder, url, "refresh")])
            assert run(client(folder, url, "refresh")) == 0, (call, number)
            assert b'"version":2' in (folder / "root.json").read_bytes()
            assert (folder / "timestamp.json").read_bytes()
