"""Start a jailed child, answer what it asks, and give what it left.

Guarantees: the child gets the files that are named and no others; when the call returns, nothing of
it or of its tools is alive; why it ended without a result is one sentence, and says whether another
try may end otherwise.
"""

import json
import os
import shutil
import signal
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from builds.jailed.ask import CACHE, BadAsk
from builds.jailed.ending import RESULT
from builds.jailed.errors import (
    ChildCrashed,
    ChildFailed,
    ChildLost,
    ChildRefused,
    ChildStopped,
    sentence,
)
from builds.jailed.serving import Serving, hearing
from builds.jailed.tools import GNU, QEMU
from builds.toolchain import ToolchainError
from builds.toolchain.counter import counter_library, counter_name
from builds.toolchain.run import home_of
from fleet.lib.errors import FleetError, Unavailable
from fleet.lib.jail import (
    PROJECT_ROOT,
    Ending,
    JailResult,
    Room,
    python_command,
    python_env,
    read_output,
    run_jailed,
)
from fleet.lib.text import mended
from fleet.lib.trees import give_input, remove_tree

RESULT_BYTES: Final = 16 * 1024**2
SHOWN_CHARS: Final = 300  # of a child's last words
# One processor: sums of reals come out the same on every machine.
ENVIRONMENT: Final = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
# What a program does to itself; SIGKILL and SIGTERM come from outside.
CRASHES: Final = frozenset(
    {signal.SIGSEGV, signal.SIGABRT, signal.SIGBUS, signal.SIGFPE, signal.SIGILL}
)


@dataclass(frozen=True)
class ChildLimits:
    """What a child may use. With tools, the deadline counts all that it asks for."""

    deadline_seconds: float
    memory_bytes: int

    def named(self, limit: Ending) -> str:
        """Return a limit in the words of a sentence."""
        return {
            Ending.MEMORY: f"{self.memory_bytes >> 20} MiB of memory",
            Ending.WRITTEN: "the files that a build may write",
            Ending.PROCESSES: "one process",
        }[limit]


# Of a child that compiles or asks a model, with all the tools that it has run.
BUILD_LIMITS: Final = ChildLimits(deadline_seconds=3600.0, memory_bytes=4 * 1024**3)


@dataclass(frozen=True)
class JailedModule:
    """A module of ours that reads what strangers wrote, and what it gets for that."""

    module: str
    limits: ChildLimits
    arguments: tuple[str, ...] = ()
    packages: tuple[str, ...] = ("builds",)  # of ours that it imports, beside `fleet`
    environment: Mapping[str, str] = field(default_factory=lambda: ENVIRONMENT)
    tools: bool = False  # whether it may ask for compilers and engines
    engine: str = "The child that reads the model"  # what crashes, for people
    advice: str = ""  # what they may do about that
    home: Path | None = None  # the environment whose Python runs it, where that is not ours


@dataclass(frozen=True)
class Left:
    """What a child left: its result, and the folder with its files."""

    result: Mapping[str, Any]
    work: Path
    seconds: float
    peak_bytes: int

    @property
    def ended(self) -> str:
        """`made`, or whose fault it is that nothing was."""
        return str(self.result.get("ended"))

    @property
    def sentence(self) -> str:
        """Why nothing was made, in characters that a database holds."""
        return sentence(str(mended(str(self.result.get("sentence")))))

    def made(self) -> Mapping[str, Any]:
        """Return the result; raises ChildRefused where the input is to blame, Unavailable where
        another try may help, ChildFailed where our side failed.
        """
        match self.ended:
            case "made":
                return self.result
            case "refused":
                raise ChildRefused(self.sentence)
            case "later":
                raise Unavailable(self.sentence)
        raise ChildFailed(self.sentence)

    def file(self, name: str, limit_bytes: int) -> bytes:
        """One of its files; raises ChildLost where there is none, or too long a one."""
        data = read_output(self.work, name, limit_bytes=limit_bytes)
        if data is None:
            raise ChildLost(f"The child that reads the model left no {name[:32]} in bounds.")
        return data


@contextmanager
def child(
    jailed: JailedModule,
    inputs: Mapping[str, bytes],
    folder: Path,
    *,
    on_line: Callable[[str], None] = lambda line: None,
) -> Iterator[Left]:
    """Run a module of ours in the jail with these files; what it left goes with the context."""
    base = folder.resolve() / f"child-{jailed.module.rpartition('.')[2]}"
    remove_tree(base)  # an attempt that a dead worker left
    work, room = base / "work", base / "room"
    for place in (work, room):
        place.mkdir(parents=True)
    for name in inputs:
        (work / name).parent.mkdir(exist_ok=True)
    try:
        start = _run_with_tools if jailed.tools else _run
        result = start(jailed, inputs, work, room, on_line)
        yield Left(_result(jailed, result, work), work, result.seconds, result.peak_bytes)
    finally:
        remove_tree(base)


def _run(
    jailed: JailedModule,
    inputs: Mapping[str, bytes],
    work: Path,
    room: Path,
    on_line: Callable[[str], None],
) -> JailResult:
    del room  # nobody asks for tools
    ours, *command = python_command(jailed.module, *jailed.arguments)
    return run_jailed(
        [str(jailed.home / "bin/python") if jailed.home else ours, *command],
        workdir=work,
        deadline_seconds=jailed.limits.deadline_seconds,
        memory_bytes=jailed.limits.memory_bytes,
        inputs=inputs,
        env={**python_env(), **jailed.environment},
        room=Room([PROJECT_ROOT / name for name in jailed.packages], environment=jailed.home),
        on_line=on_line,
    )


def _run_with_tools(
    jailed: JailedModule,
    inputs: Mapping[str, bytes],
    work: Path,
    room: Path,
    on_line: Callable[[str], None],
) -> JailResult:
    (work / CACHE).mkdir()
    with suppress(ToolchainError):  # without it no emulator counts, and the proof says why
        give_input(work / CACHE, counter_name(), counter_library())
    told, tell = os.pipe()
    try:
        serving = Serving(work, room, tell)
        return run_jailed(
            python_command(jailed.module, str(serving.answers), *jailed.arguments),
            workdir=work,
            deadline_seconds=jailed.limits.deadline_seconds,
            memory_bytes=jailed.limits.memory_bytes,
            inputs=inputs,
            env={
                **python_env(),
                **jailed.environment,
                "PATH": os.environ.get("PATH", os.defpath),
                "EDGEFLEET_TOOL_CACHE": str(work / CACHE),
            },
            readable=[
                *(PROJECT_ROOT / name for name in jailed.packages),
                serving.answers,
                *_programs(),
            ],
            on_line=hearing(serving, on_line),
            stdin=told,
        )
    except BadAsk as error:
        raise ChildLost(str(error)) from None
    finally:
        os.close(told)
        os.close(tell)


def _programs() -> list[Path]:
    """Where tools lie that a child looks for on the path, to see whether they are there."""
    found = (shutil.which(name) for name in (GNU, QEMU))
    return [place for name in found if name for place in home_of(name)]


def _result(jailed: JailedModule, result: JailResult, work: Path) -> Mapping[str, Any]:
    found = read_output(work, RESULT, limit_bytes=RESULT_BYTES)
    try:
        said = json.loads(found or b"")
    except (ValueError, RecursionError):  # cut off, or written by a stranger's code
        said = None
    if isinstance(said, dict) and (result.ok or _failed_by_itself(result, said)):
        return said
    raise ending(jailed, result)


def _failed_by_itself(result: JailResult, said: Mapping[str, Any]) -> bool:
    own_end = result.ending is Ending.EXITED and result.limit is None
    return own_end and said.get("ended") == "failed"


def ending(jailed: JailedModule, result: JailResult) -> FleetError:
    """Return the error for a child that left no result, and with it whether a try may help."""
    limits = jailed.limits
    if result.ending is Ending.SETUP:
        return Unavailable(f"The jail for foreign models could not be set up: {result.detail}")
    if result.limit is Ending.DEADLINE:
        seconds = f"{limits.deadline_seconds:g} seconds"
        return ChildStopped(f"The model was not done within {seconds} and was stopped.")
    if result.limit:
        return ChildCrashed(f"The model needs more than {limits.named(result.limit)}.")
    if result.ending is Ending.SIGNALLED and -result.code in CRASHES:
        name = signal.Signals(-result.code).name
        return ChildCrashed(
            f"{jailed.engine} crashed ({name}) on this model. {jailed.advice}".strip()
        )
    last = " ".join(result.stderr.strip().rpartition("\n")[2].split())[:SHOWN_CHARS]
    return ChildLost(f"{jailed.engine} ended as {result.ending} ({result.code}): {last}")
