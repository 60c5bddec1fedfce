"""Programs of this machine over the chip's own sources: compiled with the system's g++."""

import json
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from device_agent.chip import sources

HERE = Path(__file__).parent
WARNINGS = ("-std=c++17", "-Wall", "-Wextra", "-Werror")
SANITIZED = ("-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=all")
BUILD_SECONDS = 300.0
needs_gxx = pytest.mark.skipif(shutil.which("g++") is None, reason="g++ is not installed")


def include(paths: Sequence[Path]) -> list[str]:
    folders = dict.fromkeys([HERE, *(path.parent for path in paths)])
    return [f"-I{folder}" for folder in folders]


def compile_program(
    out: Path,
    own: Sequence[str],
    *,
    parts: Sequence[str],
    flags: Sequence[str] = (),
    changed: Mapping[str, str] | None = None,
) -> Path:
    """Compile files of this folder with parts of the chip's sources; `changed` names texts that
    take the place of a source's own.
    """
    paths = sources(*parts)
    folder = out.parent
    code = [path for path in paths if path.suffix == ".cc"]
    for name, text in (changed or {}).items():
        (folder / name).write_text(text, "utf-8")
    given = [folder / path.name if path.name in (changed or {}) else path for path in code]
    command = ["g++", *WARNINGS, *flags, *include(paths), *(str(HERE / name) for name in own)]
    run([*command, *map(str, given), "-o", str(out)], folder)
    return out


def run(command: Sequence[str], folder: Path, *, seconds: float = BUILD_SECONDS) -> str:
    """Standard output; AssertionError with what it said where it fails."""
    done = subprocess.run(
        list(command), cwd=folder, capture_output=True, text=True, timeout=seconds, check=False
    )
    assert done.returncode == 0, f"{command[0]} gave {done.returncode}: {done.stderr[-3000:]}"
    return done.stdout


def figures(program: Path, *arguments: object, seconds: float = BUILD_SECONDS) -> Mapping[str, Any]:
    """The JSON object that a program prints."""
    command = [str(program), *map(str, arguments)]
    found = json.loads(run(command, program.parent, seconds=seconds))
    assert isinstance(found, dict)
    return found
