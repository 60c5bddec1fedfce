"""Run one program to its end, or to its deadline, in the jail: it reads what a stranger wrote.

Guarantees:
* the program sees only the environment given to it, and reads nothing from our standard input;
* of files, it sees the system's, its own, and the folders that are named; it has no network;
* nothing of it is alive after the call, whatever it started;
* at most `OUTPUT_MAX` bytes of each stream are kept;
* what it made is read by `made`, which follows no link.

On a machine without any jail, which no service uses, only the first and the third hold. A process
that is in the jail itself starts nothing: it has programs run by whoever it names in `ask_instead`.
"""

import os
import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from builds.toolchain.errors import ToolFailed, ToolMissing, ToolTimeout
from builds.toolchain.plain import OUTPUT_MAX, run_plain
from fleet.lib.jail import Ending, JailResult, Keep, Mode, Room, jail_mode, run_jailed
from fleet.lib.trees import read_output

__all__ = [
    "OUTPUT_MAX",
    "Folders",
    "ToolResult",
    "Wanted",
    "ask_instead",
    "check",
    "folders_of",
    "home_of",
    "made",
    "run",
]  # fmt: skip

SHOWN_MAX = 2000  # characters of a failure that go into its message
MEMORY_MAX = 4 * 1024**3  # bytes that a program and all it starts may touch
MADE_MAX = 512 * 1024**2  # bytes of a file that a program made
BASE_ENV: Mapping[str, str] = {"LC_ALL": "C", "TZ": "UTC", "SOURCE_DATE_EPOCH": "0"}
LIMITS: Mapping[Ending, str] = {
    Ending.MEMORY: f"used more than {MEMORY_MAX >> 20} MiB of memory",
    Ending.WRITTEN: "wrote too much",
    Ending.PROCESSES: "started too many processes",
    Ending.LOST: "was lost",
}


@dataclass(frozen=True)
class ToolResult:
    """How a program ended."""

    returncode: int
    stdout: str
    stderr: str


@dataclass(frozen=True)
class Folders:
    """What a program needs beside its working directory, which it may write."""

    readable: Sequence[Path] = field(default=())
    writable: Sequence[Path] = field(default=())


@dataclass(frozen=True)
class Wanted:
    """A program that is to be run, as `run` is told of it."""

    argv: Sequence[str]
    cwd: Path | None
    deadline_seconds: float
    memory_bytes: int | None
    folders: Folders
    processes: bool


Asked = Callable[[Wanted], ToolResult]
_elsewhere: list[Asked] = []


def ask_instead(asked: Asked) -> None:
    """From now on, start nothing in this process; `asked` has programs run."""
    _elsewhere[:] = [asked]


def run(
    argv: Sequence[str | Path],
    *,
    cwd: Path | None = None,
    deadline_seconds: float,
    env: Mapping[str, str] | None = None,
    memory_bytes: int | None = None,
    folders: Folders | None = None,
    processes: bool = True,
) -> ToolResult:
    """Run `argv` in `cwd`, or in an empty folder. Raises ToolMissing, ToolTimeout, or ToolFailed
    where a limit ended it; reports any exit code.

    `memory_bytes` caps the address space of each process.
    """
    program = _program(str(argv[0]))
    if _elsewhere:
        words = [str(word) for word in argv]
        asked = folders or Folders()
        return _elsewhere[0](Wanted(words, cwd, deadline_seconds, memory_bytes, asked, processes))
    command = [str(Path(program).absolute()), *map(str, argv[1:])]
    whole = {**BASE_ENV, "PATH": os.environ.get("PATH", os.defpath), **(env or {})}
    with tempfile.TemporaryDirectory(prefix="edgefleet-tool-") as empty:
        work = cwd or Path(empty)
        if jail_mode() is Mode.NONE:
            code, out, err = run_plain(
                command,
                cwd=work,
                deadline_seconds=deadline_seconds,
                env=whole,
                address_bytes=memory_bytes,
            )
            if code is None:
                raise _late(command[0], deadline_seconds)
            return ToolResult(code, out, err)
        asked = folders or Folders()
        result = run_jailed(
            command,
            workdir=work,
            deadline_seconds=deadline_seconds,
            memory_bytes=min(memory_bytes or MEMORY_MAX, MEMORY_MAX),
            env=whole,
            room=Room(
                readable=[*asked.readable, *home_of(program)],
                writable=asked.writable,
                processes=processes,
                address_bytes=memory_bytes,
                keep=Keep.START,
            ),
        )
    return _finished(command[0], result, deadline_seconds)


def check(argv: Sequence[str | Path], *, what: str, **options: object) -> ToolResult:
    """Run `argv` and refuse any exit code but 0; `what` names the step for people."""
    done = run(argv, **options)  # type: ignore[arg-type]  # passed through to run() unchanged
    if done.returncode != 0:
        said = (done.stderr.strip() or done.stdout.strip())[:SHOWN_MAX]
        raise ToolFailed(f"{what} failed with exit code {done.returncode}: {said}")
    return done


def folders_of(paths: Sequence[Path]) -> list[Path]:
    """The folders in which these files lie."""
    return list(dict.fromkeys(path.parent for path in paths))


def made(path: Path) -> bytes:
    """The bytes of a file that a program made; raises ToolFailed for a link, a pipe or none."""
    data = read_output(path.parent, path.name, limit_bytes=MADE_MAX)
    if data is None:
        raise ToolFailed(f"{path.name} was not made, or is larger than {MADE_MAX} bytes")
    return data


def _program(name: str) -> str:
    found = shutil.which(name) if os.sep not in name else name if Path(name).exists() else None
    if found is None:
        raise ToolMissing(f"{name} is not installed")
    return found


def _finished(program: str, result: JailResult, deadline_seconds: float) -> ToolResult:
    if result.ending is Ending.DEADLINE:
        raise _late(program, deadline_seconds)
    if result.ending is Ending.SETUP:
        raise ToolFailed(f"{Path(program).name} could not be started: {result.detail}")
    if result.ending in LIMITS:
        raise ToolFailed(f"{Path(program).name} {LIMITS[result.ending]}")
    return ToolResult(result.code, result.stdout, result.stderr)


def _late(program: str, deadline_seconds: float) -> ToolTimeout:
    name = Path(program).name
    return ToolTimeout(f"{name} did not finish within {deadline_seconds:g} seconds")


def home_of(program: str) -> list[Path]:
    """The folder that a program was unpacked to, such as `/opt/arm`; never a person's home."""
    folder = Path(os.path.realpath(program)).parent
    above = folder.parent
    private = above in {Path("/"), Path.home()} or above == Path("/home")
    return [folder if private or folder.name != "bin" else above]
