"""Run a command that may be hostile, such as the loading of somebody's model file.

Guarantees, in both modes: no network; an environment that holds only what the caller names; limits
on CPU, memory, file size, open files and threads; no further processes; output kept within bounds;
and nothing of it alive after the call. Mode `namespaces` adds: the file tree holds only system
libraries, Python and the paths in `readable`, all read only, and the work folder. Mode `seccomp`
(where the machine forbids user namespaces) cannot hide files; a system check says so. Where neither
works, the call is refused.
"""

import json
import os
import shutil
import stat
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from time import monotonic
from typing import Final

from fleet.lib.errors import Unavailable
from fleet.lib.jail_pump import Pump

PROJECT_ROOT: Final = Path(__file__).resolve().parents[2]
GRACE_SECONDS: Final = (
    10.0  # the launcher keeps the deadline itself; this bounds a launcher that hangs
)
FILE_BYTES: Final = 512 * 1024 * 1024  # largest single file the child may write
OPEN_FILES: Final = 256
THREADS: Final = 512  # TensorFlow starts a few per core
PROBE_SECONDS: Final = 10.0
PROBE_BYTES: Final = 256 * 1024 * 1024
SYSTEM_PATHS: Final = ("/usr", "/bin", "/sbin", "/lib", "/lib64", "/etc/ld.so.cache", "/nix/store")


class Mode(StrEnum):
    """How the child is held."""

    NAMESPACES = "namespaces"
    SECCOMP = "seccomp"
    NONE = "none"


class Ending(StrEnum):
    """Why the child is over."""

    EXITED = "exited"
    SIGNALLED = "signalled"
    DEADLINE = "deadline"
    MEMORY = "memory"
    SETUP = "setup"
    LOST = "lost"


@dataclass(frozen=True)
class JailResult:
    """What is known of a finished child; `stdout` and `stderr` are the ends of its output."""

    ending: Ending
    code: int
    stdout: str
    stderr: str
    seconds: float
    peak_bytes: int
    mode: Mode
    detail: str = ""

    @property
    def ok(self) -> bool:
        """True when the command ended by itself with code 0."""
        return self.ending is Ending.EXITED and self.code == 0


def run_jailed(
    argv: Sequence[str],
    *,
    workdir: Path,
    deadline_seconds: float,
    memory_bytes: int,
    inputs: Mapping[str, bytes] | None = None,
    env: Mapping[str, str] | None = None,
    readable: Sequence[Path] = (),
    on_line: Callable[[str], None] | None = None,
    mode: Mode | None = None,
) -> JailResult:
    """Run `argv` in `workdir`, with `inputs` written there first; `on_line` hears each line of its
    stdout.
    """
    held = mode or jail_mode()
    if held is Mode.NONE:
        raise Unavailable(
            "This machine allows neither user namespaces nor seccomp filters, so foreign model "
            "files cannot be opened safely; run the worker where one of them is permitted."
        )
    work = workdir.resolve()
    for name, data in (inputs or {}).items():
        (work / name).write_bytes(data)
    with ExitStack() as stack:
        root = Path(tempfile.mkdtemp(prefix="ef-jail-"))
        stack.callback(shutil.rmtree, root, ignore_errors=True)
        spec = {
            "argv": list(argv),
            "mode": held.value,
            "root": str(root),
            "workdir": str(work),
            "readable": [str(p) for p in _visible(readable)],
            "env": {"HOME": str(work), "TMPDIR": str(work), "PATH": "/usr/bin:/bin", **(env or {})},
            "deadline_seconds": deadline_seconds,
            "memory_bytes": memory_bytes,
            "file_bytes": FILE_BYTES,
            "open_files": OPEN_FILES,
            "threads": THREADS,
        }
        return _launch(spec, held, deadline_seconds, on_line)


@cache
def jail_mode() -> Mode:
    """The strongest mode that a trial run proves to work here."""
    for mode in (Mode.NAMESPACES, Mode.SECCOMP):
        with tempfile.TemporaryDirectory(prefix="ef-probe-") as folder:
            result = run_jailed(
                [sys.executable, "-I", "-S", "-c", "pass"],
                workdir=Path(folder),
                deadline_seconds=PROBE_SECONDS,
                memory_bytes=PROBE_BYTES,
                mode=mode,
            )
        if result.ok:
            return mode
    return Mode.NONE


def python_command(module: str, *arguments: str) -> list[str]:
    """The argv that runs a module of ours: nothing is imported from the work folder."""
    return [sys.executable, "-P", "-m", module, *arguments]


def python_env() -> dict[str, str]:
    """The environment that lets `python_command` find our packages."""
    return {
        "PYTHONPATH": str(PROJECT_ROOT),
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONHASHSEED": "0",
        "PYTHONUNBUFFERED": "1",
    }


def read_output(workdir: Path, name: str, *, limit_bytes: int) -> bytes | None:
    """A file that the child left, or None; links, pipes and oversized files count as absent."""
    try:
        fd = os.open(workdir / name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        status = os.fstat(fd)
        if not stat.S_ISREG(status.st_mode) or status.st_size > limit_bytes:
            return None
        with os.fdopen(fd, "rb", closefd=False) as file:
            data = file.read(limit_bytes + 1)
        return data if len(data) <= limit_bytes else None
    finally:
        os.close(fd)


def _visible(readable: Sequence[Path]) -> list[Path]:
    """System libraries, this Python and what the caller adds; never the project root, which holds
    var/.
    """
    interpreter = Path(os.path.realpath(sys.executable)).parents[1]
    python = (Path(sys.prefix), Path(sys.base_prefix), interpreter, PROJECT_ROOT / "fleet")
    paths = [Path(p) for p in SYSTEM_PATHS] + [*python, *readable]
    return [p for p in dict.fromkeys(paths) if p.exists() and p != Path("/")]


def _launch(
    spec: Mapping[str, object],
    mode: Mode,
    deadline_seconds: float,
    on_line: Callable[[str], None] | None,
) -> JailResult:
    started = monotonic()
    status_read, status_write = os.pipe()
    with os.fdopen(status_read, "rb") as status:
        child = subprocess.Popen(
            [sys.executable, "-S", "-P", "-m", "fleet.lib.jail_launcher", str(status_write)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            pass_fds=(status_write,),
            start_new_session=True,
            cwd="/",
            env={"PYTHONPATH": str(PROJECT_ROOT), "PYTHONDONTWRITEBYTECODE": "1"},
        )
        os.close(status_write)
        pump = Pump(child, on_line)
        pump.run(json.dumps(spec).encode(), deadline_seconds=deadline_seconds + GRACE_SECONDS)
        report = json.loads(status.read(65536) or b"{}")
    return JailResult(
        ending=Ending(report.get("ending", Ending.LOST)),
        code=int(report.get("code", -1)),
        stdout=pump.stdout,
        stderr=pump.stderr,
        seconds=monotonic() - started,
        peak_bytes=int(report.get("peak_bytes", 0)),
        mode=mode,
        detail=str(report.get("detail", "")),
    )
