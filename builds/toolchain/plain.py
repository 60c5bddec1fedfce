"""Run a program without the jail, for a developer's machine whose system has none.

Guarantees: the program leads its own process group, and none of the group runs any more when the
call returns, however it returns; what it prints is kept in files, and at most `OUTPUT_MAX` bytes of
each stream are read back.
"""

import resource
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO

from builds.toolchain.group import end_group

OUTPUT_MAX = 256 * 1024  # bytes of each stream that are kept


def run_plain(
    argv: Sequence[str],
    *,
    cwd: Path,
    deadline_seconds: float,
    env: Mapping[str, str],
    address_bytes: int | None,
) -> tuple[int | None, str, str]:
    """Exit code (None where the deadline passed) and the start of both streams."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        child = subprocess.Popen(
            argv,
            cwd=cwd,
            env=dict(env),
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=err,
            start_new_session=True,
        )
        if address_bytes is not None:
            # From outside: a function between fork and exec could deadlock in a threaded process.
            with suppress(ProcessLookupError, AttributeError):  # ended already; no such call here
                resource.prlimit(child.pid, resource.RLIMIT_AS, (address_bytes, address_bytes))
        code: int | None = None
        with suppress(subprocess.TimeoutExpired):
            code = child.wait(deadline_seconds)
        # Leave no grandchild behind, whether the leader ended by itself or not.
        end_group(child.pid)
        child.wait()
        return code, _head(out), _head(err)


def _head(stream: IO[bytes]) -> str:
    stream.seek(0)
    return stream.read(OUTPUT_MAX).decode("utf-8", "replace")
