"""A worker that is killed takes its jailed command with it."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from time import monotonic, sleep

import pytest

from fleet.lib.jail import PROJECT_ROOT, Mode, jail_mode

WORKER = """
import sys
from pathlib import Path
from fleet.lib.jail import Mode, run_jailed
code = "import time; print('up', flush=True); time.sleep(600)"
run_jailed(
    [sys.executable, "-I", "-c", code, sys.argv[2]],
    workdir=Path(sys.argv[1]),
    deadline_seconds=600,
    memory_bytes=1 << 28,
    mode=Mode(sys.argv[3]),
    on_line=lambda line: print(line, flush=True),
)
"""


def running(marker: str) -> list[str]:
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                words = (entry / "cmdline").read_bytes().split(b"\0")
            except OSError:
                continue
            if marker.encode() in words:
                found.append(entry.name)
    return found


NAMESPACES = pytest.param(
    Mode.NAMESPACES,
    marks=pytest.mark.only_where(
        jail_mode() is Mode.NAMESPACES, reason="this machine forbids user namespaces"
    ),
)


@pytest.mark.parametrize("mode", [NAMESPACES, Mode.SECCOMP])
def test_no_process_is_left(tmp_path: Path, mode: Mode) -> None:
    marker = f"marker-{os.getpid()}-{mode}"
    worker = subprocess.Popen(
        [sys.executable, "-c", WORKER, str(tmp_path), marker, mode],
        stdout=subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": str(PROJECT_ROOT)},
    )
    with worker:
        assert worker.stdout is not None
        assert worker.stdout.readline() == b"up\n"
        assert len(running(marker)) >= 2
        worker.send_signal(signal.SIGKILL)
    until = monotonic() + 10
    while running(marker) and monotonic() < until:
        sleep(0.02)  # the kernel ends them one after another
    assert running(marker) == []
