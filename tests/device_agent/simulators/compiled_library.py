"""Compile the model of ``library.c`` for this very machine."""

import importlib.util
import shutil
import subprocess
import sys
from pathlib import Path

from tests.waiting import PATIENCE_SECONDS

SOURCE = Path(__file__).with_name("library.c")
FLAGS = ["-shared", "-fPIC", "-O1", "-nostdlib", "-fno-stack-protector"]


class NoCompiler(Exception):
    """Nothing here compiles C."""


def build_library(out: Path, *defines: str) -> bytes:
    """A shared object; ``defines`` name its defects. ``NoCompiler`` if there is none."""
    named = [f"-D{name}" for name in defines]
    command = [*_compiler(), *FLAGS, *named, str(SOURCE), "-o", str(out)]
    subprocess.run(command, check=True, capture_output=True, timeout=PATIENCE_SECONDS)
    return out.read_bytes()


def _compiler() -> list[str]:
    found = shutil.which("cc")
    if found:
        return [found]
    if importlib.util.find_spec("ziglang"):
        return [sys.executable, "-m", "ziglang", "cc", "-fno-sanitize=all"]
    raise NoCompiler("no C compiler: neither cc nor the ziglang package is installed")
