"""strace, as a fault injector: which calls of a command change files, and one of them spoilt."""

import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.waiting import PATIENCE_SECONDS

# Every call of Linux that changes a file, a name or what is known of it; whether this agent uses
# it today or not.
CHANGING = tuple(
    "openat creat write pwrite64 writev pwritev pwritev2 sendfile copy_file_range splice fsync "
    "fdatasync sync_file_range syncfs rename renameat renameat2 unlink unlinkat mkdir mkdirat "
    "rmdir link linkat symlink symlinkat truncate ftruncate fallocate chmod fchmod fchmodat chown "
    "fchown fchownat utimensat".split()
)
INJECTIONS = ("signal=KILL", "error=ENOSPC", "error=EIO", "error=EROFS", "error=EDQUOT")
OPENS_TO_READ = re.compile(r"^openat\((?!.*O_(WR|RDWR|CREAT|TRUNC))")
CALL = re.compile(r"^(\w+)\(")


@dataclass(frozen=True)
class Command:
    """What to run, and the folder whose changes count."""

    words: list[str]
    environment: Mapping[str, str]
    folder: Path

    def run(self, *before: str) -> int:
        """Run it; its exit code, negative if a signal ended it."""
        done = subprocess.run(
            [*before, *self.words],
            env=dict(self.environment),
            capture_output=True,
            timeout=PATIENCE_SECONDS,
            check=False,
        )
        return done.returncode


@dataclass(frozen=True)
class Point:
    """The n-th use of a call, and what happens to it."""

    call: str
    number: int
    injection: str


def may_trace() -> bool:
    """Whether strace is here and this user may use it."""
    if shutil.which("strace") is None:
        return False
    probe = subprocess.run(["strace", "-o/dev/null", "true"], capture_output=True, check=False)
    return probe.returncode == 0


def changes(command: Command, log: Path) -> list[tuple[str, int]]:
    """Each call of an undisturbed run that changes the folder: its name, and which use it is."""
    command.run("strace", "-qq", "-y", f"-o{log}", f"-etrace={','.join(CHANGING)}", "--")
    return list(_in_folder(log.read_text(), str(command.folder)))


def spoil(command: Command, point: Point) -> None:
    """Run the command with one call spoilt."""
    inject = f"-einject={point.call}:{point.injection}:when={point.number}"
    command.run("strace", "-qq", "-o/dev/null", f"-etrace={point.call}", inject, "--")


def _in_folder(trace: str, folder: str) -> Iterator[tuple[str, int]]:
    used: dict[str, int] = {}
    for line in trace.splitlines():
        found = CALL.match(line)
        if found is None:
            continue
        call = found[1]
        used[call] = used.get(call, 0) + 1
        if folder in line and not OPENS_TO_READ.match(line):
            yield call, used[call]
