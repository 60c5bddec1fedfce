"""`ef_invoke` before `ef_init`, after one that failed, or inside of another run refuses."""

import shutil
import subprocess
from pathlib import Path

import pytest

from builds.compiler import Weights, compile_model
from builds.targets import load_target
from tests.builds.compiler.networks import Conv, Net
from tests.builds.compiler.operators.filters.conv_2d import add_conv

pytestmark = pytest.mark.skipif(shutil.which("g++") is None, reason="g++ is not installed")
MAIN = """\
#include "model.h"
int main(void) {{
  if (ef_invoke() != EF_NOT_READY) return 1;
  if (ef_init() != {answer}) return 2;
  if (ef_invoke() != {then}) return 3;
  if (ef_init() != {answer}) return 4;
  return ef_invoke() == {then} ? 0 : 5;
}}
"""


def run(files: dict[str, str], main: str, folder: Path) -> int:
    for name, text in {**files, "main.cc": main}.items():
        (folder / name).write_text(text)
    sources = sorted(name for name in [*files, "main.cc"] if name.endswith(".cc"))
    command = ["g++", "-std=c++17", "-O1", "-Wall", "-Werror", *sources, "-o", "program"]
    subprocess.run(command, cwd=folder, check=True, timeout=60)
    return subprocess.run([folder / "program"], check=False, timeout=60).returncode


def files(weights: Weights = Weights.TOGETHER) -> dict[str, str]:
    net = Net(2)
    add_conv(net, Conv(5, 4, 3, 4, (3, 3)))
    return dict(compile_model(net.build(), load_target("rv32imc"), weights=weights).files)


def test_before_it_is_ready_it_refuses(tmp_path: Path) -> None:
    assert run(files(), MAIN.format(answer="0", then="0"), tmp_path) == 0


def test_after_a_failed_start_it_refuses(tmp_path: Path) -> None:
    made = files(Weights.APART)
    crc = made["model_weights.cc"].split("    0x")[2].split("u,")[0]
    made["model_weights.cc"] = made["model_weights.cc"].replace(f"0x{crc}u", "0x12345678u")
    main = MAIN.format(answer="EF_WEIGHTS_DAMAGED", then="EF_NOT_READY")
    assert run(made, main, tmp_path) == 0


@pytest.mark.parametrize("linux", [True, False])
def test_a_run_inside_of_a_run_refuses(linux: bool, tmp_path: Path) -> None:
    made = files()
    inside = "  if (ef_invoke() != EF_BUSY) return 9;\n"
    begun = "  if (refused != 0) return refused;\n"
    assert begun in made["model.cc"]
    text = made["model.cc"].replace(begun, begun + inside)
    made["model.cc"] = text if linux else text.replace("defined(__linux__)", "0")
    assert run(made, MAIN.format(answer="0", then="0"), tmp_path) == 0
