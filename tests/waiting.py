"""Waiting for what another process does.

A wait ends when it came to that, or when the process that was to bring it about has ended. How long
a busy machine takes is judged by nobody: the limit is there for what hangs.
"""

import contextlib
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, TypeVar

PATIENCE_SECONDS: Final = 600.0
LOOK_SECONDS: Final = 0.02
BREATH_SECONDS: Final = 5.0  # between two looks at a log that should grow
SHOWN_CHARACTERS: Final = 4000  # of a log

Found = TypeVar("Found")


def until(
    condition: Callable[[], Found],
    what: str = "it came to that",
    *,
    process: "subprocess.Popen[Any] | None" = None,
    log: Path | None = None,
) -> Found:
    """Look until `condition()` holds, and return what it gave.

    Raises AssertionError with the end of the log when the process ended before, or when nothing
    comes any more.
    """
    end = time.monotonic() + PATIENCE_SECONDS
    while True:
        ended = process is not None and process.poll() is not None
        found = condition()  # after the look at the process: its last deed counts
        if found:
            return found
        assert not ended, f"The process ended before {what}. {_tail(log)}"
        assert time.monotonic() < end, f"It never came to this: {what}. {_tail(log)}"
        time.sleep(LOOK_SECONDS)  # other processes work: there is nothing else to wait on


def outcome(process: "subprocess.Popen[Any]", log: Path) -> int:
    """Return the exit code of a process that writes into `log`, however long it takes.

    Raises AssertionError when it has written nothing for `PATIENCE_SECONDS`; it is killed then.
    """
    size, moved = -1, time.monotonic()
    while True:
        with contextlib.suppress(subprocess.TimeoutExpired):
            return process.wait(BREATH_SECONDS)
        if (grown := log.stat().st_size) != size:
            size, moved = grown, time.monotonic()
        elif time.monotonic() - moved > PATIENCE_SECONDS:
            process.kill()
            process.wait()
            message = f"Nothing moved for {PATIENCE_SECONDS:.0f} s. {_tail(log)}"
            raise AssertionError(message)


def _tail(log: Path | None) -> str:
    return log.read_text(errors="replace")[-SHOWN_CHARACTERS:] if log and log.exists() else ""
