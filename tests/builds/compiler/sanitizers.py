"""Builds generated code with the host's sanitizers and runs it on random inputs."""

import subprocess
from pathlib import Path

from builds.compiler import Compiled

SECONDS = 60.0
COMPILER = "g++"
# A variable with a section of its own has no red zones unless its section is named here.
SANITIZE = (
    "-fsanitize=address,undefined -fno-sanitize-recover=all"
    " -fsanitize-sections=.bss.ef_arena*,.rodata.ef_weights*"
).split()
FLAGS = ["-std=c++17", "-g", "-O1", "-Wall", "-Wextra", "-Werror", *SANITIZE]
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


def assert_runs_clean(compiled: Compiled, folder: Path) -> None:
    """Build with the host's own compiler, which brings the sanitizers, and run."""
    for name, text in compiled.files.items():
        (folder / name).write_text(text)
    sizes = ", ".join(str(t.size_bytes) for t in compiled.graph.inputs)
    head = f"#include <stdint.h>\nstatic const uint32_t kBytes[] = {{{sizes}}};\n"
    (folder / "main.cc").write_text(head + MAIN)
    command = [COMPILER, *FLAGS, "model.cc", "main.cc", "-o", "model"]
    subprocess.run(command, cwd=folder, check=True, timeout=SECONDS)
    ran = subprocess.run([folder / "model"], capture_output=True, timeout=SECONDS, check=False)
    assert ran.returncode == 0, ran.stderr.decode()[-2000:]
