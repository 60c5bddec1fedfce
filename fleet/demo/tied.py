"""Runs a command that ends when the demonstration does, however that ended: `python -m
fleet.demo.tied PARENT COMMAND...`.

A demonstration that is killed runs no handler; the kernel asks its processes to end in its place.
"""

import ctypes
import os
import signal
import sys
from typing import Final

PR_SET_PDEATHSIG: Final = 1


def command(*words: str) -> list[str]:
    """Return the command line that ties `words` to this process."""
    return [sys.executable, "-m", "fleet.demo.tied", str(os.getpid()), *words]


def main() -> None:
    """Become the command, unless the parent is gone already."""
    parent, *words = sys.argv[1:]
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() == int(parent):
        os.execvp(words[0], words)  # noqa: S606 - the point of it


if __name__ == "__main__":
    main()
