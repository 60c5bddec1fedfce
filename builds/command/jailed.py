"""The commands `builds.compiler` and `builds.export`, with the reading of the model in the jail.

Guarantees: the command's own process reads no byte of the model but to hand it on; of what the
child made, files and folders are taken, in bounds, and no link is followed.
"""

import argparse
import json
import sys
import tempfile
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from builds.compiler.cli import read_model
from builds.compiler.errors import CompileError
from builds.jailed.running import BUILD_LIMITS, JailedModule, Left, child
from fleet.lib.below import Bounds, copy_files, folder_below, stamps
from fleet.lib.errors import FleetError
from fleet.lib.jail import Mode, jail_mode

CHILD: Final = JailedModule(
    "builds.command.child",
    BUILD_LIMITS,
    packages=("builds", "device_agent"),
    tools=True,
)
OPTIONS: Final = "options.json"
MODELS: Final = "models"
OUT: Final = "out"
ARCHIVE: Final = "archive.bin"
ARCHIVE_BYTES: Final = 1024**3
DEPTH_MAX: Final = 8  # folders in the folder of results
TAKEN: Final = Bounds(2048, 2 * 1024**3)
UNJAILED: Final = "This machine has no jail; the model is read in this process.\n"
Options = argparse.Namespace


class Command(StrEnum):
    """Which command it is."""

    COMPILE = "compile"
    EXPORT = "export"


class NotDone(CompileError):
    """The child ended without a result, or refused with this sentence."""


def is_held() -> bool:
    """Whether there is a jail; says so where there is none."""
    if jail_mode() is not Mode.NONE:
        return True
    sys.stderr.write(UNJAILED)
    return False


def compile_in_jail(path: Path, out: Path, options: Options) -> dict[str, Any]:
    """As `builds.compiler.cli.run`."""
    kept = {name: value for name, value in vars(options).items() if name not in {"models", "out"}}
    with tempfile.TemporaryDirectory(prefix="edgefleet-compiler-") as folder:
        left = _left(Command.COMPILE, path, kept, Path(folder), out)
    return dict(left.result["report"])


def export_in_jail(options: Options) -> bytes:
    """As `builds.export.cli.export`; the child never hears of a key."""
    kept = {name: value for name, value in vars(options).items() if name not in {"model", "key"}}
    kept["out"] = options.out.name
    with tempfile.TemporaryDirectory(prefix="edgefleet-export-") as folder:
        path = Path(folder) / "taken"
        path.mkdir()
        _left(Command.EXPORT, options.model, kept, Path(folder), path)
        return (path / ARCHIVE).read_bytes()


def _left(command: Command, model: Path, options: Any, folder: Path, out: Path) -> Left:
    told = json.dumps({"command": command, "options": options}).encode()
    inputs = {OPTIONS: told, f"{MODELS}/{model.name}": read_model(model)}
    try:
        with child(CHILD, inputs, folder) as left:
            left.made()
            out.mkdir(parents=True, exist_ok=True)
            if command is Command.COMPILE:
                _take(left.work, (OUT,), out, TAKEN)
            else:
                (out / ARCHIVE).write_bytes(left.file(ARCHIVE, ARCHIVE_BYTES))
            return left
    except FleetError as error:
        raise NotDone(error.message) from None


def _take(work: Path, parts: tuple[str, ...], into: Path, left: Bounds) -> Bounds:
    """Copy a folder of the child's, and the folders in it; the child has ended."""
    with folder_below(work, parts) as folder:
        names = sorted(stamps(folder))
        for name in names:
            (into / name).unlink(missing_ok=True)
        left = copy_files(folder, names, into, left)
    for below in sorted((work.joinpath(*parts)).iterdir()):
        if below.is_dir() and not below.is_symlink() and len(parts) < DEPTH_MAX:
            (into / below.name).mkdir(exist_ok=True)
            left = _take(work, (*parts, below.name), into / below.name, left)
    return left
