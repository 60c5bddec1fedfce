"""No level of GCC or Clang makes a call of memcpy, memmove or memset out of generated code."""

import shutil
import subprocess
from functools import cache
from pathlib import Path

import pytest

from builds.compiler import Weights, compile_model
from builds.targets import load_target
from builds.toolchain.clang import zig_program
from builds.toolchain.elf import Elf
from tests.builds.compiler.models_of_every_kind import mask_model, running_model
from tests.builds.compiler.operators.memory.svdf import svdf
from tests.builds.compiler.operators.memory.unidirectional_sequence_lstm import lstm
from tests.builds.compiler.test_gnu_arm_needs_no_c_library import everything

LIBRARY = ("memcpy", "memmove", "memset", "memcmp", "strlen")
RISCV = "riscv64-unknown-elf-g++"
GNU = {
    "cortex-m0plus": ["arm-none-eabi-g++"],
    "cortex-m3": ["arm-none-eabi-g++"],
    "cortex-m4f": ["arm-none-eabi-g++"],
    "cortex-m55": ["arm-none-eabi-g++"],
    "rv32imc": [RISCV, "-march=rv32imc", "-mabi=ilp32", "-ffreestanding"],
}
CLANG = ("cortex-m0plus", "cortex-m4f", "cortex-m55", "rv32imc")
LEVELS = ("-O0", "-O1", "-O2", "-O3", "-Os", "-Og")
CASES = [("gnu", target) for target in GNU] + [("clang", target) for target in CLANG]
pytestmark = pytest.mark.toolchain


@cache
def models() -> dict[str, bytes]:
    return {
        "everything": everything(),
        "mask": mask_model(),
        "running": running_model(),
        "lstm": lstm(1, 1, 2, 3, 4),
        "svdf": svdf(1, 1, 3, 4, 1, 3, "int16"),
    }


def command(compiler: str, name: str) -> list[str]:
    target = load_target(name)
    if compiler == "clang":
        zig = [str(zig_program()), "c++", "-target", target.triple]
        return [*zig, *target.cflags, "-fno-sanitize=all"]
    if shutil.which(GNU[name][0]) is None:
        pytest.skip(f"{GNU[name][0]} is not installed")
    return [*GNU[name], *target.gnu_cflags]


def called(argv: list[str], folder: Path) -> list[str]:
    done = subprocess.run(
        [*argv, "-std=c++17", "-fno-exceptions", "-fno-rtti", "-c", "model.cc", "-o", "model.o"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{argv}: {done.stderr[-800:]}"
    wanted = Elf((folder / "model.o").read_bytes()).undefined
    return [name for name in wanted if any(call in name for call in LIBRARY)]


@pytest.mark.parametrize(("compiler", "name"), CASES)
def test_it_calls_nothing_of_a_c_library(compiler: str, name: str, tmp_path: Path) -> None:
    argv = command(compiler, name)
    for kind, model in models().items():
        levels = LEVELS if kind == "everything" else ("-O0", "-Os")
        weights = Weights.APART if kind == "lstm" else Weights.TOGETHER
        made = compile_model(model, load_target(name), weights=weights)
        for file, text in made.files.items():
            (tmp_path / file).write_text(text)
        for level in levels:
            assert called([*argv, level], tmp_path) == [], f"{kind} at {level}"


@pytest.mark.parametrize(
    ("flags", "sentence"),
    [
        (["-mbig-endian"], "a big-endian build would compute something else"),
        (["-mno-unaligned-access"], "build it without -mno-unaligned-access"),
    ],
)
def test_what_would_compute_something_else_does_not_compile(
    flags: list[str], sentence: str, tmp_path: Path
) -> None:
    made = compile_model(everything(), load_target("cortex-m4f"))
    for file, text in made.files.items():
        (tmp_path / file).write_text(text)
    argv = [*command("gnu", "cortex-m4f"), *flags, "-c", "model.cc"]
    done = subprocess.run(argv, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert sentence in done.stderr
