from pathlib import Path

import pytest

from builds.targets import load_target
from builds.toolchain import build_library
from tests.builds.toolchain.sources import model

pytestmark = pytest.mark.toolchain
UNUSED = """
extern "C" int unused(int x) {
  int total = 0;
  for (int i = 0; i < x; ++i) total += i * x / (i + 1);
  return total;
}
"""


def code(name: str, text: str, folder: Path) -> int:
    return build_library({"model.cc": text}, load_target(name), folder).code_bytes


def test_functions_that_nothing_calls_cost_nothing(tmp_path: Path) -> None:
    plain = code("cortex-m4f", model(), tmp_path)
    assert code("cortex-m4f", model() + UNUSED, tmp_path) == plain


def test_helpers_of_the_compiler_are_counted(tmp_path: Path) -> None:
    divide = "for (int i = 0; i < 16; ++i) arena[16 + i] = int8_t(1000 / (arena[i] | 1));"
    shift = "for (int i = 0; i < 16; ++i) arena[16 + i] = int8_t(1000 >> (arena[i] & 1));"
    with_helper = code("cortex-m0plus", model(divide), tmp_path)  # no divide instruction
    assert with_helper > code("cortex-m0plus", model(shift), tmp_path) + 40


def test_initialised_variables_are_reported(tmp_path: Path) -> None:
    text = model("static int8_t last = 7; arena[16] = last; last = arena[0];")
    library = build_library({"model.cc": text}, load_target("cortex-m4f"), tmp_path)
    assert library.data_bytes >= 1


def test_constants_that_are_not_weights_are_code(tmp_path: Path) -> None:
    table = ", ".join(str(i * i % 97) for i in range(256))
    text = model(f"static const int8_t t[] = {{{table}}}; arena[16] = t[uint8_t(arena[0])];")
    library = build_library({"model.cc": text}, load_target("cortex-m4f"), tmp_path)
    assert library.code_bytes >= 256
    assert library.weights_bytes == 0
