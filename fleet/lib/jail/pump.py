"""Moves a child's output to its owner without ever holding more than a bounded end of it.

A child that floods its output costs CPU time only: lines longer than LINE_BYTES are cut, and of a
stream the last TAIL_BYTES are kept, or the first HEAD_BYTES, as the caller wants.
"""

import os
import selectors
import signal
import subprocess
from collections.abc import Callable
from contextlib import suppress
from enum import StrEnum
from time import monotonic
from typing import Final

TAIL_BYTES: Final = 64 * 1024
HEAD_BYTES: Final = 256 * 1024
LINE_BYTES: Final = 4096
CHUNK_BYTES: Final = 64 * 1024
LAST_WORDS_SECONDS: Final = 2.0


class Keep(StrEnum):
    """Which part of a long output is kept."""

    START = "start"  # where a compiler says what came first
    END = "end"  # where Python says what ended it


class Pump:
    """Reads stdout and stderr of one child until both close or the deadline passes, then ends the
    session.
    """

    def __init__(
        self,
        child: subprocess.Popen[bytes],
        on_line: Callable[[str], None] | None = None,
        *,
        keep: Keep = Keep.END,
    ) -> None:
        """`on_line` is called in the caller's thread; what it raises ends the child and is passed
        on.
        """
        self._child = child
        self._on_line = on_line
        self._keep = keep
        self._kept = {"stdout": b"", "stderr": b""}
        self._partial = b""

    @property
    def stdout(self) -> str:
        """What is kept of the child's stdout."""
        return self._kept["stdout"].decode(errors="replace")

    @property
    def stderr(self) -> str:
        """What is kept of the child's stderr."""
        return self._kept["stderr"].decode(errors="replace")

    def run(self, first: bytes, *, deadline_seconds: float) -> None:
        """Give `first` to the child's stdin, then relay until it is over."""
        try:
            self._feed(first)
            self._relay(until=monotonic() + deadline_seconds)
            with suppress(subprocess.TimeoutExpired):  # its streams are closed: it is about to end
                self._child.wait(timeout=LAST_WORDS_SECONDS)
        finally:
            self._end()

    def _feed(self, first: bytes) -> None:
        stdin = self._child.stdin
        if stdin is not None:
            with suppress(BrokenPipeError):  # a launcher that died early tells by its status
                stdin.write(first)
            with suppress(BrokenPipeError):
                stdin.close()

    def _relay(self, *, until: float) -> None:
        with selectors.DefaultSelector() as selector:
            for name in ("stdout", "stderr"):
                selector.register(getattr(self._child, name), selectors.EVENT_READ, name)
            while selector.get_map() and monotonic() < until:
                for key, _ in selector.select(timeout=max(0.0, until - monotonic())):
                    data = os.read(key.fd, CHUNK_BYTES)
                    if data:
                        self._take(key.data, data)
                    else:
                        selector.unregister(key.fileobj)

    def _take(self, name: str, data: bytes) -> None:
        kept = self._kept[name]
        start = self._keep is Keep.START
        self._kept[name] = (
            kept + data[: HEAD_BYTES - len(kept)] if start else (kept + data)[-TAIL_BYTES:]
        )
        if name == "stdout" and self._on_line is not None:
            *lines, rest = (self._partial + data).split(b"\n")
            self._partial = rest[:LINE_BYTES]
            for line in lines:
                self._on_line(line[:LINE_BYTES].decode(errors="replace"))

    def _end(self) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self._child.pid, signal.SIGKILL)
        self._child.wait()
        for stream in (self._child.stdout, self._child.stderr):
            if stream is not None:
                stream.close()
