"""One run of the demonstration, which may be cut at any moment and goes on when started again.

Each request that makes something carries a key of the run (`Idempotency-Key`), so that telling the
story once more from its beginning gives what was made before. Guarantees: only one demonstration
works in a folder; a run is continued by the same code only, while the service remembers its keys.
"""

import fcntl
import json
import os
import secrets
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from rich.console import Console

FILE: Final = "run.json"
LIFE_SECONDS: Final = 20 * 3600  # less than a key lives in the service
OWNER_ONLY: Final = 0o600


@dataclass
class DemoRun:
    """What must be the same when it goes on. `over`: the story was told to its end."""

    key: str
    commit: str
    bind: str  # where the service listens: the devices know it
    began: float  # seconds since 1970
    password: str
    token: str = ""
    over: bool = False

    def goes_on(self, commit: str, bind: str) -> bool:
        """Tell whether it may be continued by this code, at this address, now."""
        same = (self.commit, self.bind) == (commit, bind)
        return same and not self.over and 0 <= time.time() - self.began < LIFE_SECONDS

    def save(self, folder: Path) -> None:
        """Write it, whole or not at all, for its owner only."""
        part = folder / f"{FILE}.part"
        part.touch(mode=OWNER_ONLY)
        part.write_text(json.dumps(asdict(self)))
        part.replace(folder / FILE)


def begun(folder: Path, commit: str, bind: str, *, fresh: bool = False) -> tuple[DemoRun, bool]:
    """Return the run to tell, and whether it goes on; else the folder is emptied for a new one."""
    found = None if fresh else _stored(folder)
    if found and found.goes_on(commit, bind):
        return found, True
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    made = DemoRun(secrets.token_hex(8), commit, bind, time.time(), secrets.token_urlsafe(12))
    made.save(folder)
    return made, False


def commit_of(root: Path) -> str:
    """Return the commit of the source tree, or `unknown` where there is none."""
    asked = ["git", "rev-parse", "HEAD"]
    try:
        done = subprocess.run(asked, cwd=root, capture_output=True, text=True, check=False)
    except OSError:
        return "unknown"
    return done.stdout.strip() or "unknown"


@contextmanager
def alone(folder: Path, console: Console) -> Iterator[int]:
    """Hold the folder. Processes that inherit the descriptor hold it until they have ended, too."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    lock = os.open(folder.with_suffix(".lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, OWNER_ONLY)
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            console.print(f"Another demonstration works in {folder}, or is ending: waiting for it.")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield lock
    finally:
        os.close(lock)


def _stored(folder: Path) -> DemoRun | None:
    try:
        return DemoRun(**json.loads((folder / FILE).read_text()))
    except (OSError, ValueError, TypeError):
        return None
