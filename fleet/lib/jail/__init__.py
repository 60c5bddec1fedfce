"""Run a command that may be hostile, such as the loading of somebody's model file.

Guarantees, in every mode: no network, no socket but a pair of its own; an environment that holds
only what the caller names; limits on CPU, memory, open files, processes, the size of one file and
the sum of all; no signal to and no look into other processes; output kept within bounds; and
nothing of it alive after the call. Modes `namespaces` and `landlock` are whole: of the machine's
files it can read system libraries, Python and the paths in `readable`, and write its work folder
and the paths in `writable`. Mode `seccomp` (neither user namespaces nor Landlock) cannot hide
files; a system check says so, and production does not start with it. Where nothing works, the call
is refused.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache
from pathlib import Path
from time import monotonic
from typing import Any, Final

from fleet.lib.errors import Unavailable
from fleet.lib.jail.paths import links_of, outermost
from fleet.lib.jail.pump import Keep, Pump
from fleet.lib.trees import give_input, read_output, remove_tree

__all__ = [
    "PROJECT_ROOT", "Ending", "JailResult", "Keep", "Mode", "Room", "jail_mode",
    "python_command", "python_env", "read_output", "run_jailed",
]  # fmt: skip

PROJECT_ROOT: Final = Path(__file__).resolve().parents[3]
GRACE_SECONDS: Final = (
    10.0  # the launcher keeps the deadline itself; this bounds a launcher that hangs
)
FILE_BYTES: Final = 512 * 1024 * 1024  # largest single file the child may write
WRITTEN_BYTES: Final = 1024 * 1024 * 1024  # all that it may write
FILES: Final = 4096  # files and folders in its work folder
OPEN_FILES: Final = 256
THREADS: Final = 512  # TensorFlow starts a few per core
PROCESSES: Final = 64  # of a command that may start any
# TensorFlow reserves far more than it touches; the watcher bounds what is touched.
ADDRESS_FACTOR: Final = 4
PROBE_SECONDS: Final = 10.0
PROBE_BYTES: Final = 256 * 1024 * 1024
SYSTEM_PATHS: Final = ("/usr", "/bin", "/sbin", "/lib", "/lib64", "/etc/ld.so.cache", "/nix/store")
OUT_OF_MEMORY: Final = (
    "MemoryError", "std::bad_alloc", "Cannot allocate memory", "failed to map segment",
)  # fmt: skip
# What a trial of the jail has to be refused: reading this file of the machine that is not shown.
UNSEEN: Final = "/etc/passwd"


class Mode(StrEnum):
    """How the child is held."""

    NAMESPACES = "namespaces"
    LANDLOCK = "landlock"
    SECCOMP = "seccomp"
    NONE = "none"

    @property
    def whole(self) -> bool:
        """Whether the child is kept from files and processes that are not its own."""
        return self in {Mode.NAMESPACES, Mode.LANDLOCK}


class Ending(StrEnum):
    """Why the child has ended."""

    EXITED = "exited"
    SIGNALLED = "signalled"
    DEADLINE = "deadline"
    MEMORY = "memory"
    WRITTEN = "written"
    PROCESSES = "processes"
    SETUP = "setup"
    LOST = "lost"

    @property
    def by_limit(self) -> bool:
        """Whether the child met a known limit, as it would again."""
        return self in {Ending.DEADLINE, Ending.MEMORY, Ending.WRITTEN, Ending.PROCESSES}


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

    @property
    def limit(self) -> Ending | None:
        """The limit that ended it, where one is known: a command that is refused memory says so
        before it dies of that by itself.
        """
        if self.ending.by_limit:
            return self.ending
        starved = any(words in self.stderr for words in OUT_OF_MEMORY)
        return Ending.MEMORY if starved and not self.ok else None


@dataclass(frozen=True)
class Room:
    """What a command may see and use beside its work folder."""

    readable: Sequence[Path] = ()
    writable: Sequence[Path] = ()
    processes: bool = False  # whether it may start others, as compilers do
    address_bytes: int | None = None  # of each process; by default, ADDRESS_FACTOR times the memory
    keep: Keep = Keep.END  # which part of a long output
    environment: Path | None = None  # whose Python is seen in place of this process's


def run_jailed(
    argv: Sequence[str],
    *,
    workdir: Path,
    deadline_seconds: float,
    memory_bytes: int,
    inputs: Mapping[str, bytes] | None = None,
    env: Mapping[str, str] | None = None,
    readable: Sequence[Path] = (),
    room: Room | None = None,
    on_line: Callable[[str], None] | None = None,
    stdin: int | None = None,
    mode: Mode | None = None,
) -> JailResult:
    """Run `argv` in `workdir`, with `inputs` written there first; `on_line` hears each line of its
    stdout, and `stdin` is the descriptor of what it reads; without one, that is empty.
    """
    held = mode or jail_mode()
    if held is Mode.NONE:
        raise Unavailable(
            "This machine allows neither user namespaces nor seccomp filters, so foreign model "
            "files cannot be opened safely; run the worker where one of them is permitted."
        )
    room = room or Room(readable)
    work = workdir.resolve()
    for name, data in (inputs or {}).items():
        give_input(work, name, data)
    with ExitStack() as stack:
        root = Path(tempfile.mkdtemp(prefix="ef-jail-"))
        stack.callback(remove_tree, root)
        given = dict(env or {})
        if held is Mode.LANDLOCK and given.get("PYTHONPATH") == str(PROJECT_ROOT):
            room, given["PYTHONPATH"] = _packages_apart(room, root / "packages")
        spec = {
            "argv": list(argv),
            "mode": held.value,
            "root": os.path.realpath(root),
            "workdir": str(work),
            **_shown(argv, room, workdir),
            "env": {"HOME": str(work), "TMPDIR": str(work), "PATH": "/usr/bin:/bin", **given},
            "address_bytes": room.address_bytes or memory_bytes * ADDRESS_FACTOR,
            "file_bytes": FILE_BYTES,
            "open_files": OPEN_FILES,
            "threads": THREADS,
            "processes": room.processes,
            "stdin": stdin,
            "bounds": {
                "deadline_seconds": deadline_seconds,
                "memory_bytes": memory_bytes,
                "processes": PROCESSES,
                "folder": str(work),
                "written_bytes": WRITTEN_BYTES,
                "files": FILES,
            },
        }
        pump_of = _pump_of(room.keep, on_line)
        return _launch(spec, held, deadline_seconds, pump_of)


@cache
def jail_mode() -> Mode:
    """Return the strongest mode that a trial run proves to work here."""
    code = f"open({UNSEEN!r})"
    for mode in (Mode.NAMESPACES, Mode.LANDLOCK, Mode.SECCOMP):
        with tempfile.TemporaryDirectory(prefix="ef-probe-") as folder:
            result = run_jailed(
                [sys.executable, "-I", "-S", "-c", code if mode.whole else "pass"],
                workdir=Path(folder),
                deadline_seconds=PROBE_SECONDS,
                memory_bytes=PROBE_BYTES,
                mode=mode,
            )
        # The command has to run, and where the mode is whole, not to see the machine's files.
        if result.ending is Ending.EXITED and result.code == int(mode.whole):
            return mode
    return Mode.NONE


def python_command(module: str, *arguments: str) -> list[str]:
    """Return the argv that runs a module of ours: nothing is imported from the work folder."""
    return [sys.executable, "-P", "-m", module, *arguments]


def python_env() -> dict[str, str]:
    """Return the environment that lets `python_command` find our packages."""
    return {
        "PYTHONPATH": str(PROJECT_ROOT),
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONHASHSEED": "0",
        "PYTHONUNBUFFERED": "1",
    }


def _shown(argv: Sequence[str], room: Room, workdir: Path) -> dict[str, Any]:
    """System libraries, one Python and what the caller adds; never the project root, which holds
    var/. Each as a real path, with the symbolic links by which it is called.
    """
    readable = [*map(Path, SYSTEM_PATHS), *_python_of(room), PROJECT_ROOT / "fleet", *room.readable]
    writable = [workdir, *room.writable]
    named = [path for path in (*readable, *writable) if path.exists()]
    return {
        "readable": outermost(readable),
        "writable": outermost(writable),
        "links": links_of([*named, Path(argv[0])]),
    }


def _python_of(room: Room) -> tuple[Path, ...]:
    if room.environment is None:
        interpreter = Path(os.path.realpath(sys.executable)).parents[1]
        return Path(sys.prefix), Path(sys.base_prefix), interpreter
    return room.environment, Path(os.path.realpath(room.environment / "bin/python")).parents[1]


def _packages_apart(room: Room, place: Path) -> tuple[Room, str]:
    """Return a folder that names our packages alone: Python lists a folder to find modules in it,
    and Landlock would list all of the project, var/ too, with its root.
    """
    place.mkdir()
    packages = [PROJECT_ROOT / "fleet", *room.readable]
    for package in (path for path in packages if path.parent == PROJECT_ROOT):
        (place / package.name).symlink_to(package)
    return replace(room, readable=[*room.readable, place]), str(place)


def _pump_of(
    keep: Keep, on_line: Callable[[str], None] | None
) -> Callable[["subprocess.Popen[bytes]"], Pump]:
    return lambda child: Pump(child, on_line, keep=keep)


def _launch(
    spec: Mapping[str, Any],
    mode: Mode,
    deadline_seconds: float,
    pump_of: Callable[["subprocess.Popen[bytes]"], Pump],
) -> JailResult:
    started = monotonic()
    status_read, status_write = os.pipe()
    with os.fdopen(status_read, "rb") as status:
        child = subprocess.Popen(
            [sys.executable, "-S", "-P", "-m", "fleet.lib.confine.launcher", str(status_write)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            pass_fds=(status_write, *([] if spec["stdin"] is None else [spec["stdin"]])),
            start_new_session=True,
            cwd="/",
            # Compiled once, not for each command, unless this process keeps nothing either.
            env={"PYTHONPATH": str(PROJECT_ROOT)}
            | ({"PYTHONDONTWRITEBYTECODE": "1"} if sys.dont_write_bytecode else {}),
        )
        os.close(status_write)
        pump = pump_of(child)
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
