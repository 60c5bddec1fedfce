"""Empty environments, and programs that run in them as in a shell of their own."""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from uv import find_uv_bin

FOREIGN: Final = ("PYTHON", "EDGEFLEET", "DJANGO", "VIRTUAL_ENV", "DATABASE_URL", "BLOB_STORE")


def uv(*words: str | Path, cwd: Path | None = None) -> "subprocess.CompletedProcess[str]":
    """Run uv, whatever comes of it."""
    argv = [find_uv_bin(), *(str(word) for word in words)]
    return subprocess.run(argv, cwd=cwd, env=outside(), capture_output=True, text=True, check=False)


def outside() -> dict[str, str]:
    """The variables of this process without those that speak to Python or to EdgeFleet."""
    return {name: value for name, value in os.environ.items() if not name.startswith(FOREIGN)}


@dataclass
class Environment:
    """An environment with nothing in it, and a folder to work in."""

    folder: Path
    variables: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        made = uv("venv", "--python", sys.executable, self.root)
        assert made.returncode == 0, made.stderr

    @property
    def root(self) -> Path:
        """Where the environment lies."""
        return self.folder / "venv"

    @property
    def packages(self) -> Path:
        """Where its packages lie."""
        (found,) = self.root.glob("lib/python*/site-packages")
        return found

    def install(self, *what: str | Path) -> None:
        """Install distributions with all that they require."""
        done = uv("pip", "install", "--python", self.root / "bin" / "python", *what)
        assert done.returncode == 0, done.stderr

    def run(self, line: str, *, good: bool = True) -> "subprocess.CompletedProcess[str]":
        """Run a command line to its end."""
        done = subprocess.run(
            ["/bin/sh", "-c", line],
            cwd=self.folder,
            env=self._shell(),
            capture_output=True,
            text=True,
            check=False,
        )
        assert not good or done.returncode == 0, f"{line}\n{done.stdout}{done.stderr}"
        return done

    @contextmanager
    def running(self, line: str, log: Path) -> Iterator["subprocess.Popen[bytes]"]:
        """Run a command line beside the block, and end it with the block."""
        with log.open("wb") as out:
            process = subprocess.Popen(
                ["/bin/sh", "-c", f"exec {line}"],
                cwd=self.folder,
                env=self._shell(),
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
            )
        try:
            yield process
        finally:
            process.terminate()
            process.wait()

    def _shell(self) -> Mapping[str, str]:
        path = f"{self.root / 'bin'}:{os.environ['PATH']}"
        width = {"COLUMNS": "200"}  # tables without breaks inside a word
        return outside() | width | self.variables | {"PATH": path}
