"""Taking models over a line costs a chip this much beside counting, and needs no library."""

from pathlib import Path

import pytest

from builds.bench.chip.__main__ import TAKING_MODELS
from builds.bench.chip.budget import kept_state, misses, size_rows
from builds.bench.chip.linked import CFLAGS, linked_size, part_files
from builds.targets import load_target
from builds.toolchain import compile_all, compiler_by_name
from builds.toolchain.elf import Elf
from builds.toolchain.gnu import gnu_available
from builds.toolchain.libraries import UNWIND_PREFIX

SWITCH_PREFIX = "__gnu_thumb1_case_"  # of the compiler itself, as every `switch` of this core
pytestmark = pytest.mark.toolchain


def test_it_stays_within_its_budget() -> None:
    rows = size_rows(linked_size(TAKING_MODELS, "cortex-m4f", kept_state()))
    assert [row.limit for row in rows] == [12_288, 3_072]
    assert misses(rows) == []
    assert min(row.value for row in rows) > 2000, "what a firmware keeps is linked, too"


@pytest.mark.parametrize("compiler", ["clang", "gnu"])
def test_it_needs_no_library(compiler: str, tmp_path: Path) -> None:
    if compiler == "gnu" and not gnu_available():
        pytest.skip("GNU Arm is not installed")
    files, target = part_files("images"), load_target("cortex-m0plus")
    made = compile_all(
        files, target, tmp_path, cflags=CFLAGS[compiler], compiler=compiler_by_name(compiler)
    )
    objects = [Elf(item.read_bytes()) for item in made]
    defined = {name for item in objects for name in item.symbols}
    wanted = {name for item in objects for name in item.undefined} - defined
    own = (UNWIND_PREFIX, SWITCH_PREFIX)
    assert {name for name in wanted if not name.startswith(own)} == set()
