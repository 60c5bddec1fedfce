"""Sizes of the chip's parts, from images that a linker made of them."""

from pathlib import Path

import pytest

from builds.bench.chip.budget import kept_state, misses, size_rows
from builds.bench.chip.linked import CFLAGS, library_parts, linked_size, part_files
from builds.targets import load_target
from builds.toolchain import compile_all, compiler_by_name
from builds.toolchain.elf import Elf
from builds.toolchain.gnu import gnu_available
from builds.toolchain.libraries import UNWIND_PREFIX

pytestmark = pytest.mark.toolchain

STACKS = [("recorder",), ("recorder", "encoder"), library_parts()]


@pytest.mark.parametrize("parts", STACKS, ids=len)
def test_the_smallest_core_has_room_for_them(parts: tuple[str, ...]) -> None:
    whole = len(parts) == len(library_parts())
    size = linked_size(parts, "cortex-m0plus", kept_state(), whole=whole)
    rows = size_rows(size)
    assert misses(rows) == []
    limited = {1: 2, 2: 1}.get(len(parts), 2)
    assert sum(row.limit is not None for row in rows) == limited


def test_everything_fits_a_core_with_a_float_unit() -> None:
    size = linked_size(library_parts(), "cortex-m4f", kept_state(), whole=True)
    assert misses(size_rows(size)) == []
    assert size.ram > 1000, "what a firmware keeps is linked, too"


@pytest.mark.parametrize("target", ["cortex-m0plus", "cortex-m4f"])
@pytest.mark.parametrize("compiler", ["clang", "gnu"])
def test_no_part_needs_a_library(target: str, compiler: str, tmp_path: Path) -> None:
    if compiler == "gnu" and not gnu_available():
        pytest.skip("GNU Arm is not installed")
    files = part_files(*library_parts())
    with_compiler = compiler_by_name(compiler)
    made = compile_all(
        files, load_target(target), tmp_path, cflags=CFLAGS[compiler], compiler=with_compiler
    )
    objects = [Elf(item.read_bytes()) for item in made]
    defined = {name for item in objects for name in item.symbols}
    wanted = {name for item in objects for name in item.undefined} - defined
    assert {name for name in wanted if not name.startswith(UNWIND_PREFIX)} == set()
    sections = {section.name for item in objects for section in item.pieces}
    assert not any(name.startswith((".init_array", ".ctors", ".data")) for name in sections)
