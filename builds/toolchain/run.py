"""Run one program to its end, or to its deadline.

Guarantees:
* the program sees only the environment given to it, and reads nothing from our standard input;
* it leads its own process group, and none of the group runs any more when the call returns, however
  it returns;
* what it prints is kept in files, and at most `OUTPUT_MAX` bytes of each stream are read back.
"""

import os
import resource
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from builds.toolchain.errors import ToolFailed, ToolMissing, ToolTimeout
from builds.toolchain.group import end_group

OUTPUT_MAX = 256 * 1024  # bytes of each stream that are kept
SHOWN_MAX = 2000  # characters of a failure that go into its message
BASE_ENV: Mapping[str, str] = {"LC_ALL": "C", "TZ": "UTC", "SOURCE_DATE_EPOCH": "0"}


@dataclass(frozen=True)
class Finished:
    """How a program ended."""

    returncode: int
    stdout: str
    stderr: str


def run(
    argv: Sequence[str | Path],
    *,
    cwd: Path,
    deadline_seconds: float,
    env: Mapping[str, str] | None = None,
    memory_bytes: int | None = None,
) -> Finished:
    """Run `argv`; raises ToolMissing or ToolTimeout, and reports any exit code.

    `memory_bytes` caps the child's address space from the moment it has started.
    """
    command = [str(part) for part in argv]
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        try:
            child = subprocess.Popen(
                command,
                cwd=cwd,
                env={**BASE_ENV, "PATH": os.environ.get("PATH", os.defpath), **(env or {})},
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                start_new_session=True,
            )
        except FileNotFoundError:
            raise ToolMissing(f"{command[0]} is not installed") from None
        if memory_bytes is not None:
            _cap_memory(child, memory_bytes)
        code = _wait(child, command[0], deadline_seconds)
        return Finished(code, _head(out), _head(err))


def check(argv: Sequence[str | Path], *, what: str, **options: object) -> Finished:
    """Run `argv` and refuse any exit code but 0; `what` names the step for people."""
    done = run(argv, **options)  # type: ignore[arg-type]  # passed through to run() unchanged
    if done.returncode != 0:
        said = (done.stderr.strip() or done.stdout.strip())[:SHOWN_MAX]
        raise ToolFailed(f"{what} failed with exit code {done.returncode}: {said}")
    return done


def _cap_memory(child: subprocess.Popen[bytes], memory_bytes: int) -> None:
    # From outside: a function between fork and exec could deadlock in a process with threads.
    with suppress(ProcessLookupError):  # it may have ended already
        resource.prlimit(child.pid, resource.RLIMIT_AS, (memory_bytes, memory_bytes))


def _wait(child: subprocess.Popen[bytes], name: str, deadline_seconds: float) -> int:
    try:
        return child.wait(deadline_seconds)
    except subprocess.TimeoutExpired:
        raise ToolTimeout(
            f"{Path(name).name} did not finish within {deadline_seconds:g} seconds"
        ) from None
    finally:
        _end_group(child)


def _end_group(child: subprocess.Popen[bytes]) -> None:
    """Leave no grandchild behind, whether the leader ended by itself or not."""
    end_group(child.pid)
    child.wait()


def _head(stream: IO[bytes]) -> str:
    stream.seek(0)
    return stream.read(OUTPUT_MAX).decode("utf-8", "replace")
