"""Start a jailed child, answer what it asks, and give what it left.

Guarantees: the child gets the files that are named and no others; when the call returns, nothing of
it or of its tools is alive; why it ended without a result is one sentence, and says whether another
try may end otherwise.
"""

import json
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from builds.jailed.ask import CACHE, BadAsk
from builds.jailed.serving import Serving, hearing
from builds.jailed.tools import GNU, QEMU
from builds.toolchain.counter import counter_library, counter_name
from builds.toolchain.errors import ToolchainError
from builds.toolchain.run import home_of
from fleet.lib.errors import Unavailable, Unprocessable
from fleet.lib.jail import (
    PROJECT_ROOT,
    Ending,
    JailResult,
    python_command,
    python_env,
    read_output,
    run_jailed,
)
from fleet.lib.text import mended
from fleet.lib.trees import give_input, remove_tree

RESULT: Final = "result.json"
RESULT_BYTES: Final = 16 * 1024**2
# With all that it asks for, each of which has a deadline of its own.
DEADLINE_SECONDS: Final = 3600.0
MEMORY_BYTES: Final = 4 * 1024**3
LIMITS: Final = {
    Ending.MEMORY: f"{MEMORY_BYTES >> 20} MiB of memory",
    Ending.WRITTEN: "the files that a build may write",
    Ending.PROCESSES: "one process",
}
PACKAGES: Final = ("builds", "device_agent")
SHOWN_CHARS: Final = 400  # of a child's last words
SENTENCE_CHARS: Final = 1000
# One processor: sums of reals come out the same on every machine.
ENVIRONMENT: Final = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}


class ChildRefused(Unprocessable):
    """The model met a limit of the jail, as it would again."""

    code = "not_buildable"


class ChildStopped(Unavailable):
    """The child was ended by its deadline: the same work may be done on a quieter machine."""

    code = "child_stopped"


class ChildLost(Unavailable):
    """The child died, or was never there, and no limit of ours explains it."""

    code = "child_lost"


@dataclass(frozen=True)
class Left:
    """What a child left: its result, and the folder with its files."""

    result: Mapping[str, Any]
    work: Path

    @property
    def ended(self) -> str:
        """`made`, or whose fault it is that nothing was."""
        return str(self.result.get("ended"))

    @property
    def sentence(self) -> str:
        """Why nothing was made, in characters that a database holds."""
        return str(mended(str(self.result.get("sentence"))))[:SENTENCE_CHARS]

    def file(self, name: str, limit_bytes: int) -> bytes:
        """One of its files; raises ChildLost where it is no file, or too long a one."""
        data = read_output(self.work, name, limit_bytes=limit_bytes)
        if data is None:
            raise ChildLost(f"The child that reads the model left no {name[:32]} in bounds.")
        return data


@contextmanager
def child(
    module: str,
    inputs: Mapping[str, bytes],
    folder: Path,
    *,
    on_line: Callable[[str], None] = lambda line: None,
) -> Iterator[Left]:
    """Run a module of ours in the jail with these files; what it left goes with the context."""
    base = folder.resolve() / f"child-{module.rpartition('.')[2]}"
    remove_tree(base)  # an attempt that a dead worker left
    work, room = base / "work", base / "room"
    for place in (work, room, work / CACHE):
        place.mkdir(parents=True)
    _give_counter(work)
    for name in inputs:
        (work / name).parent.mkdir(exist_ok=True)
    try:
        result = _run(module, inputs, work, room, on_line)
        yield Left(_result(result, work), work)
    finally:
        remove_tree(base)


def _run(
    module: str,
    inputs: Mapping[str, bytes],
    work: Path,
    room: Path,
    on_line: Callable[[str], None],
) -> JailResult:
    told, tell = os.pipe()
    try:
        serving = Serving(work, room, tell)
        return run_jailed(
            python_command(module, str(serving.answers)),
            workdir=work,
            deadline_seconds=DEADLINE_SECONDS,
            memory_bytes=MEMORY_BYTES,
            inputs=inputs,
            env={**python_env(), **ENVIRONMENT, "PATH": os.environ.get("PATH", os.defpath)}
            | {"EDGEFLEET_TOOL_CACHE": str(work / CACHE)},
            readable=[*(PROJECT_ROOT / name for name in PACKAGES), serving.answers, *_programs()],
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


def _give_counter(work: Path) -> None:
    with suppress(ToolchainError):  # then no emulator counts, and the proof says why
        give_input(work / CACHE, counter_name(), counter_library())


def _result(result: JailResult, work: Path) -> Mapping[str, Any]:
    found = read_output(work, RESULT, limit_bytes=RESULT_BYTES)
    try:
        said = json.loads(found or b"")
    except (ValueError, RecursionError):
        said = None
    if result.ok and isinstance(said, dict):
        return said
    raise _ending(result)


def _ending(result: JailResult) -> Exception:
    if result.ending is Ending.SETUP:
        return Unavailable(f"The jail for foreign models could not be set up: {result.detail}")
    if result.limit is Ending.DEADLINE:
        minutes = DEADLINE_SECONDS / 60
        return ChildStopped(f"The model was not done within {minutes:g} minutes and was stopped.")
    if result.limit:
        return ChildRefused(f"The model needs more than {LIMITS[result.limit]}.")
    last = result.stderr.strip().rpartition("\n")[2][:SHOWN_CHARS]
    return ChildLost(
        f"The child that reads the model ended as {result.ending} ({result.code}): {last}"
    )
