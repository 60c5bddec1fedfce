"""What an engineer unpacks compiles without a warning, and computes what the proof says."""

import shutil
import subprocess
from pathlib import Path

import pytest

from builds.targets import load_target
from builds.toolchain.clang import Clang
from builds.toolchain.gnu import PROGRAM, gnu_available
from builds.toolchain.run import check
from tests.builds.export.exports import LAYOUTS, TARGET, TARGETS, material, unpack

pytestmark = [pytest.mark.toolchain, pytest.mark.usefixtures("as_a_customer")]
needs_gnu = pytest.mark.skipif(not gnu_available(), reason="arm-none-eabi-g++ is not installed")
needs_cmake = pytest.mark.skipif(
    not (shutil.which("cmake") and shutil.which("c++") and shutil.which("cc")),
    reason="cmake and a host compiler are not installed",
)
needs_host = pytest.mark.skipif(not shutil.which("g++"), reason="g++ is not installed")
WARNINGS = ("-Wall", "-Wextra", "-Werror")
ENDINGS = frozenset({".cc", ".cpp"})
every_layout = pytest.mark.parametrize("layout", LAYOUTS)
both_kinds = pytest.mark.parametrize("apart", [False, True], ids=["together", "apart"])
INCLUDES = {
    "cmsis-pack": "include",
    "esp-idf": "include/gear_wear_2",
    "zephyr": "include/gear_wear_2",
}


def include(layout: str) -> tuple[str, ...]:
    return (f"-I{INCLUDES[layout]}",) if layout in INCLUDES else ()


def gnu(*arguments: str, cwd: Path) -> None:
    machine = load_target(TARGET).gnu_cflags
    command = [PROGRAM, *machine, *WARNINGS, *arguments]
    check(command, what=PROGRAM, cwd=cwd, deadline_seconds=120.0)


def sources(folder: Path) -> list[str]:
    """All C++ of the model in an archive, by path; the chip's library has a test of its own."""
    found = [
        path for path in folder.rglob("*") if path.suffix in ENDINGS and path.parent.name != "ef"
    ]
    return sorted(str(path.relative_to(folder)) for path in found)


@every_layout
@both_kinds
def test_clang_takes_the_unpacked_sources(layout: str, apart: bool, tmp_path: Path) -> None:
    folder = unpack(layout, tmp_path / "unpacked", apart=apart)
    flags = [f"-I{folder / INCLUDES[layout]}"] if layout in INCLUDES else []
    found = sources(folder)
    assert len(found) == 2 + apart
    for number, source in enumerate(found):
        out = tmp_path / f"{number}.o"
        target = load_target(TARGETS.get(layout, TARGET))
        Clang().compile(folder / source, out, target, [*flags, *material().cflags])
        assert out.stat().st_size > 0


@needs_gnu
@every_layout
@both_kinds
def test_gnu_arm_takes_the_unpacked_sources(layout: str, apart: bool, tmp_path: Path) -> None:
    folder = unpack(layout, tmp_path, apart=apart)
    flags = (*include(layout), "-std=c++17", *material().cflags)
    for source in sources(folder):
        gnu(*flags, "-c", source, "-o", "model.o", cwd=folder)
        assert (folder / "model.o").stat().st_size > 0


@needs_host
@every_layout
@both_kinds
def test_gnu_on_a_desktop_takes_them_too(layout: str, apart: bool, tmp_path: Path) -> None:
    folder = unpack(layout, tmp_path, apart=apart)
    flags = ("g++", "-std=c++17", "-O1", *WARNINGS, *include(layout), "-fsyntax-only")
    done = check([*flags, *sources(folder)], what="g++", cwd=folder, deadline_seconds=120.0)
    assert done.stderr == ""


SKETCH = """
#include <stdint.h>
struct Port {
  void begin(long) {}
  template <typename T> void println(T) {}
};
extern Port Serial;
unsigned long micros();
"""


@needs_gnu
def test_the_sketches_of_the_arduino_library_compile(tmp_path: Path) -> None:
    folder = unpack("arduino", tmp_path)
    (folder / "Arduino.h").write_text(SKETCH)
    found = sorted(str(path) for path in folder.rglob("*.ino"))
    assert len(found) == 2
    for sketch in found:
        flags = ("-x", "c++", "-std=gnu++14", "-Isrc", "-I.", "-include", "Arduino.h")
        gnu(*flags, "-c", sketch, "-o", "sketch.o", cwd=folder)


@needs_gnu
@pytest.mark.parametrize("standard", ["gnu++14", "gnu++20"])
def test_arduino_cores_with_other_standards_take_them_too(standard: str, tmp_path: Path) -> None:
    folder = unpack("arduino", tmp_path)
    gnu(f"-std={standard}", "-Os", "-c", "src/model.cpp", "-o", "model.o", cwd=folder)
    assert (folder / "model.o").exists()


@needs_gnu
@pytest.mark.parametrize("standard", ["c99", "c11"])
def test_the_golden_header_is_c(standard: str, tmp_path: Path) -> None:
    folder = unpack("sources", tmp_path)
    flags = ("-x", "c", f"-std={standard}", "-pedantic")
    gnu(*flags, "-c", "check.c", "-o", "check.o", cwd=folder)
    assert (folder / "check.o").exists()


@needs_gnu
def test_the_main_programs_of_the_samples_are_c(tmp_path: Path) -> None:
    esp, zephyr = unpack("esp-idf", tmp_path / "e"), unpack("zephyr", tmp_path / "z")
    gnu("-x", "c", "-Iinclude", "-c", "examples/golden_check/main/main.c", "-o", "m.o", cwd=esp)
    (zephyr / "zephyr/sys").mkdir(parents=True)
    (zephyr / "zephyr/sys/printk.h").write_text("void printk(const char *format, ...);\n")
    sample = "samples/golden_check/src/main.c"
    gnu("-x", "c", "-I.", "-Iinclude", "-c", sample, "-o", "m.o", cwd=zephyr)
    assert (esp / "m.o").exists()
    assert (zephyr / "m.o").exists()


def built_with_cmake(folder: Path) -> Path:
    options = ["-DGEAR_WEAR_2_CHECK=ON", "-DCMAKE_CXX_FLAGS=-Werror", "-DCMAKE_C_FLAGS=-Werror"]
    for command in (["cmake", "-S", ".", "-B", "build", *options], ["cmake", "--build", "build"]):
        check(command, what="cmake", cwd=folder, deadline_seconds=120.0)
    return folder / "build/gear_wear_2_check"


@needs_cmake
@both_kinds
def test_cmake_builds_them_and_the_golden_vectors_pass(apart: bool, tmp_path: Path) -> None:
    program = built_with_cmake(unpack("sources", tmp_path, apart=apart))
    assert subprocess.run([program], check=False).returncode == 0


@needs_cmake
def test_the_check_counts_wrong_vectors(tmp_path: Path) -> None:
    folder = unpack("sources", tmp_path)
    header = (folder / "golden.h").read_text()
    head, tail = header.split("ef_golden_outputs[", 1)
    first = tail.index("0x")
    wrong = f"0x{int(tail[first : first + 4], 16) ^ 1:02x}"
    (folder / "golden.h").write_text(
        f"{head}ef_golden_outputs[{tail[:first]}{wrong}{tail[first + 4 :]}"
    )
    assert subprocess.run([built_with_cmake(folder)], check=False).returncode == 1
