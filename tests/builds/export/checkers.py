"""`make layout-check`: exports under the tools that their ecosystems check packages with.

`python -m tests.builds.export.checkers BIN [PACK.xsd]`, with programs in BIN: compote for ESP-IDF,
pio for Arduino and PlatformIO, west for Zephyr's manifest; cmake and a host compiler from the path.
Exit 1 when one of them refuses.
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from tests.builds.export.exports import unpack

SECONDS = 300.0
NAME = "gear_wear_2"
WEST = """\
import sys
from west.manifest import Manifest
print([p.name for p in Manifest.from_data(open(sys.argv[1]).read()).projects])
"""
SCHEMA = """\
import sys, xmlschema
for error in xmlschema.XMLSchema(sys.argv[1]).iter_errors(sys.argv[2]):
    sys.exit(f"{error.path}: {error.reason}")
"""
USER = f"""\
cmake_minimum_required(VERSION 3.16)
project(user LANGUAGES C CXX)
find_package({NAME} 1.4 CONFIG REQUIRED)
add_executable(user main.c)
target_link_libraries(user PRIVATE {NAME}::{NAME})
"""


def checks(programs: Path, schema: Path | None, folder: Path) -> Iterator[tuple[str, bool, str]]:
    """What each checker says: its name, whether it took the export, its last words."""
    for layout in ("esp-idf", "tflm"):
        place = unpack(layout, folder / layout)
        words = ("component", "pack", "--name", NAME, "--version", "1.4.0")
        yield f"compote, {layout}", *said([str(programs / "compote"), *words], place)
    for layout in ("arduino", "tflm"):
        place = unpack(layout, folder / f"pio-{layout}")
        # Its list of licences comes from the network.
        properties = place / "library.properties"
        lines = properties.read_text().splitlines(keepends=True)
        properties.write_text("".join(x for x in lines if not x.startswith("license=")))
        yield f"pio pkg pack, {layout}", *said([programs / "pio", "pkg", "pack"], place)
    place = unpack("zephyr", folder / "zephyr")
    yield "west manifest, zephyr", *said([programs / "python", "-c", WEST, "west-hint.yml"], place)
    if schema:
        place = unpack("cmsis-pack", folder / "pack")
        pack = f"EdgeFleet.{NAME}.pdsc"
        command = [str(programs / "python"), "-c", SCHEMA, str(schema.absolute()), pack]
        yield "PACK.xsd, cmsis-pack", *said(command, place)
    yield "cmake install and find_package, sources", *found(folder / "cmake")


def found(folder: Path) -> tuple[bool, str]:
    """Install the sources, and build a project elsewhere that finds them."""
    place, user = unpack("sources", folder / "sources"), folder / "user"
    user.mkdir()
    (user / "CMakeLists.txt").write_text(USER)
    (user / "main.c").write_text((place / "check.c").read_text())
    prefix = folder / "installed"
    steps: tuple[tuple[list[str | Path], Path], ...] = (
        (["cmake", "-S", ".", "-B", "build"], place),
        (["cmake", "--build", "build"], place),
        (["cmake", "--install", "build", "--prefix", prefix], place),
        (["cmake", "-S", ".", "-B", "build", f"-DCMAKE_PREFIX_PATH={prefix}"], user),
        (["cmake", "--build", "build"], user),
        ([user / "build/user"], user),
    )
    for command, where in steps:
        taken, words = said(command, where)
        if not taken:
            return False, words
    return True, "the golden vectors pass"


def said(command: Sequence[str | Path], folder: Path) -> tuple[bool, str]:
    """Run a checker; its exit code and its last line."""
    environment = {**os.environ, "PLATFORMIO_CORE_DIR": str(folder / ".pio-core"), "CI": "true"}
    done = subprocess.run(
        [str(word) for word in command],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    lines = (done.stdout + done.stderr).strip().splitlines() or [""]
    return done.returncode == 0, lines[-1] if done.returncode == 0 else " / ".join(lines[-3:])


def main(arguments: Sequence[str]) -> int:
    """Print one line for each checker."""
    schema = Path(arguments[1]) if len(arguments) > 1 else None
    refused = 0
    with tempfile.TemporaryDirectory() as name:
        for checker, taken, words in checks(Path(arguments[0]), schema, Path(name)):
            refused += not taken
            sys.stdout.write(f"{'ok     ' if taken else 'REFUSED'} {checker}: {words[-160:]}\n")
    return 1 if refused else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
