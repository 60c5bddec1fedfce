"""Instances share nothing but code; each keeps its own state, and does one run at a time."""

import shutil
import subprocess
from pathlib import Path

import pytest

from builds.compiler import Embedding, compile_model
from builds.toolchain import build_library
from builds.toolchain.clang import Clang
from builds.verify.engines import host_target
from tests.builds.compiler.models_of_every_kind import mixed_model
from tests.builds.compiler.operators.memory.variable import running_sum

pytestmark = pytest.mark.toolchain
EMBEDDING = Embedding(instance=True, hook=True, kept_inputs=True)
needs_gcc = pytest.mark.skipif(shutil.which("gcc") is None, reason="gcc is not installed")
CHECK = "#define CHECK(what) do { if (!(what)) return __LINE__; } while (0)\n"
ALIGNED = "__attribute__((aligned(16)))"

STATES = f"""
#include "sums.h"
{CHECK}
static uint8_t one[EF_SUMS_ARENA_BYTES] {ALIGNED}, two[EF_SUMS_ARENA_BYTES] {ALIGNED};
static ef_sums_model_t a, b;
static int run(ef_sums_model_t *model, int8_t value) {{
  int8_t *in = ef_sums_input(model, 0);
  for (unsigned i = 0; i < EF_SUMS_INPUT_0_BYTES; ++i) in[i] = value;
  return ef_sums_invoke(model);
}}
static int same(void) {{
  const int8_t *x = ef_sums_output(&a, 0), *y = ef_sums_output(&b, 0);
  for (unsigned i = 0; i < EF_SUMS_OUTPUT_0_BYTES; ++i) if (x[i] != y[i]) return 0;
  return 1;
}}
int main(void) {{
  CHECK(EF_SUMS_STATE_BYTES > 0);
  CHECK(ef_sums_invoke(&a) == EF_SUMS_NOT_READY);
  CHECK(ef_sums_init(&a, one, sizeof(one)) == 0 && ef_sums_init(&b, two, sizeof(two)) == 0);
  CHECK(run(&a, 20) == 0 && run(&b, 20) == 0 && same());
  CHECK(run(&a, 20) == 0 && !same());  /* its state is one step further */
  CHECK(run(&b, 20) == 0 && same());
  CHECK(ef_sums_init(&b, two, sizeof(two)) == 0 && run(&b, 20) == 0 && !same());
  return 0;
}}
"""

RULES = f"""
#include "mixed.h"
{CHECK}
static uint8_t arena[EF_MIXED_ARENA_BYTES + 16] {ALIGNED};
static ef_mixed_model_t model;
static int32_t wanted, nested;
static uint32_t calls, last;
int32_t ef_mixed_hook(ef_mixed_model_t *which, uint32_t done) {{
  if (which != &model || which->user != &wanted || done != last + 1) return 1;
  last = done;
  ++calls;
  if (nested == 0) nested = ef_mixed_invoke(which);
  return wanted;
}}
int main(void) {{
  CHECK(ef_mixed_init(0, arena, sizeof(arena)) == EF_MIXED_BAD_ARENA);
  CHECK(ef_mixed_init(&model, 0, sizeof(arena)) == EF_MIXED_BAD_ARENA);
  CHECK(ef_mixed_init(&model, arena + 8, EF_MIXED_ARENA_BYTES) == EF_MIXED_BAD_ARENA);
  CHECK(ef_mixed_init(&model, arena, EF_MIXED_ARENA_BYTES - 1) == EF_MIXED_BAD_ARENA);
  CHECK(ef_mixed_invoke(&model) == EF_MIXED_NOT_READY);
  CHECK(ef_mixed_init(&model, arena, EF_MIXED_ARENA_BYTES) == 0);
  model.user = &wanted;
  int8_t *in = ef_mixed_input(&model, 0);
  for (unsigned i = 0; i < EF_MIXED_INPUT_0_BYTES; ++i) in[i] = (int8_t)(i * 7);
  CHECK(ef_mixed_invoke(&model) == 0);
  CHECK(calls == EF_MIXED_STEPS - 1);
  CHECK(nested == EF_MIXED_BUSY);  /* a run inside a run */
  for (unsigned i = 0; i < EF_MIXED_INPUT_0_BYTES; ++i) CHECK(in[i] == (int8_t)(i * 7));
  const int8_t *out = ef_mixed_output(&model, 0);
  int8_t first[EF_MIXED_OUTPUT_0_BYTES];
  for (unsigned i = 0; i < sizeof(first); ++i) first[i] = out[i];
  wanted = 1, calls = last = 0;
  CHECK(ef_mixed_invoke(&model) == EF_MIXED_CANCELLED && calls == 1);
  wanted = 0, last = 0;
  CHECK(ef_mixed_invoke(&model) == 0);  /* it has no state, so it is ready */
  for (unsigned i = 0; i < sizeof(first); ++i) CHECK(out[i] == first[i]);
  for (unsigned i = EF_MIXED_ARENA_BYTES; i < sizeof(arena); ++i) CHECK(arena[i] == 0);
  CHECK(ef_mixed_input(&model, EF_MIXED_INPUTS) == 0 && ef_mixed_output(&model, 99) == 0);
  return 0;
}}
"""

CANCELLED_STATE = """
#include "sums.h"
static uint8_t arena[EF_SUMS_ARENA_BYTES] __attribute__((aligned(16)));
static ef_sums_model_t model;
int32_t ef_sums_hook(ef_sums_model_t *which, uint32_t done) { (void)which; (void)done; return 1; }
int main(void) {
  if (ef_sums_init(&model, arena, sizeof(arena)) != 0) return 1;
  if (ef_sums_invoke(&model) != EF_SUMS_CANCELLED) return 2;
  return ef_sums_invoke(&model) != EF_SUMS_NOT_READY;
}
"""


def verdict(folder: Path, model: bytes, name: str, program: str) -> int:
    """The exit code of a C program beside a model with instances: 0, or the line that failed."""
    made = compile_model(model, host_target(), name=name, embedding=EMBEDDING)
    for file, text in made.files.items():
        (folder / file).write_text(text)
    library = build_library(made.files, host_target(), folder, cflags=made.cflags, name=name)
    (folder / "main.c").write_text(program)
    flags = ("-std=c11", "-Wall", "-Wextra", "-Werror", "-pedantic")
    command = ["gcc", *flags, "main.c", library.path.name, "-o", "main"]
    subprocess.run(command, cwd=folder, check=True)
    return subprocess.run([folder / "main"], check=False).returncode


@needs_gcc
def test_each_keeps_its_own_state(tmp_path: Path) -> None:
    assert verdict(tmp_path, running_sum(), "sums", STATES) == 0


@needs_gcc
def test_arenas_are_checked_and_hooks_are_heard(tmp_path: Path) -> None:
    assert verdict(tmp_path, mixed_model(), "mixed", RULES) == 0


@needs_gcc
def test_a_state_that_was_changed_in_part_wants_a_new_start(tmp_path: Path) -> None:
    assert verdict(tmp_path, running_sum(), "sums", CANCELLED_STATE) == 0


def test_the_header_is_the_same_for_c_and_c_plus_plus(tmp_path: Path) -> None:
    made = compile_model(mixed_model(), host_target(), name="mixed", embedding=EMBEDDING)
    (tmp_path / "mixed.h").write_text(made.files["mixed.h"])
    (tmp_path / "main.cc").write_text('#include "mixed.h"\nef_mixed_model_t model;\n')
    Clang().compile(tmp_path / "main.cc", tmp_path / "main.o", host_target(), ("-pedantic",))
    assert (tmp_path / "main.o").stat().st_size > 0
