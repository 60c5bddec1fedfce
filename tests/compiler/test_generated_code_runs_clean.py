"""Generated code under the address and undefined-behaviour sanitizers, for mutants too.

`EDGEFLEET_SANITIZED` sets how many mutants are run; a longer run sets it high.
"""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from builds.compiler import Compiled, CompileError, compile_model
from builds.targets.catalog import load_target
from tests.compiler.mutants import mutants
from tests.compiler.test_damaged_files_are_refused import mixed_model
from tests.compiler.test_recurrent_layers_match_tflm import lstm, svdf

COUNT = int(os.environ.get("EDGEFLEET_SANITIZED", "6"))
SECONDS = 60.0
FLAGS = (
    "-std=c++17 -g -O1 -Wall -Wextra -Werror -fsanitize=address,undefined "
    "-fno-sanitize-recover=all -fno-strict-overflow"
).split()
MAIN = """\
#include "model.h"
int main(void) {
  uint32_t seed = 1;
  if (ef_init() != 0) return 1;
  for (int run = 0; run < 3; ++run) {
    for (uint32_t i = 0; i < EF_INPUTS; ++i) {
      uint8_t *bytes = static_cast<uint8_t *>(ef_input(i));
      for (uint32_t n = 0; n < kBytes[i]; ++n) {
        bytes[n] = static_cast<uint8_t>((seed = seed * 1664525u + 1013904223u) >> 24);
      }
    }
    if (ef_invoke() != 0) return 2;
  }
  return ef_output(EF_OUTPUTS) == nullptr ? 0 : 3;
}
"""


def run_clean(compiled: Compiled, folder: Path) -> None:
    """Build with the host's own compiler, which brings the sanitizers, and run."""
    tool = shutil.which("g++")
    if tool is None:
        pytest.skip("g++ with its sanitizers is not installed")
    for name, text in compiled.files.items():
        (folder / name).write_text(text)
    sizes = ", ".join(str(t.size_bytes) for t in compiled.graph.inputs)
    head = f"#include <stdint.h>\nstatic const uint32_t kBytes[] = {{{sizes}}};\n"
    (folder / "main.cc").write_text(head + MAIN)
    command = [tool, *FLAGS, "model.cc", "main.cc", "-o", "model"]
    subprocess.run(command, cwd=folder, check=True, timeout=SECONDS)
    ran = subprocess.run([folder / "model"], capture_output=True, timeout=SECONDS, check=False)
    assert ran.returncode == 0, ran.stderr.decode()[-2000:]


@pytest.mark.parametrize("target", ["cortex-m4f", "cortex-m0plus", "rv32imc"])
def test_a_mixed_model_runs_clean(target: str, tmp_path: Path) -> None:
    run_clean(compile_model(mixed_model(), load_target(target)), tmp_path)


@pytest.mark.parametrize(
    "model", [lstm(1, 2, 3, 4, 5), svdf(1, 2, 3, 4, 2, 3, "int16")], ids=["lstm", "svdf"]
)
def test_recurrent_layers_run_clean(model: bytes, tmp_path: Path) -> None:
    run_clean(compile_model(model, load_target("cortex-m4f")), tmp_path)


def test_mutants_that_compile_run_clean(tmp_path: Path) -> None:
    target, left = load_target("cortex-m4f"), COUNT
    for mutant in mutants(mixed_model(), COUNT * 50, seed=5):
        try:
            compiled = compile_model(mutant, target)
        except CompileError:
            continue
        run_clean(compiled, tmp_path)
        left -= 1
        if not left:
            break
    assert left < COUNT
