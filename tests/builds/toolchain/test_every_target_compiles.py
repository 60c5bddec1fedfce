from pathlib import Path

import pytest

from builds.targets import Kind, all_targets, load_target
from builds.toolchain import build_library
from builds.toolchain.elf import Elf
from builds.toolchain.script import ENTRY_POINTS
from tests.builds.toolchain.sources import model

pytestmark = pytest.mark.toolchain
NAMES = [target.name for target in all_targets() if target.kind is not Kind.WASM]


@pytest.mark.parametrize("name", NAMES)
def test_a_library_and_its_image_come_out(name: str, tmp_path: Path) -> None:
    library = build_library({"model.cc": model()}, load_target(name), tmp_path)
    image = Elf(library.image.read_bytes())
    assert library.path.read_bytes().startswith(b"!<arch>\n")
    assert set(ENTRY_POINTS) <= set(image.symbols)
    assert library.weights_bytes == 16
    assert library.bss_bytes == 32
    assert library.data_bytes == 0
    assert 0 < library.code_bytes < 2048


@pytest.mark.parametrize("name", NAMES)
def test_code_and_ram_lie_apart(name: str, tmp_path: Path) -> None:
    library = build_library({"model.cc": model()}, load_target(name), tmp_path)
    image = Elf(library.image.read_bytes())
    addresses = [piece.address for piece in image.pieces]
    assert addresses == sorted(addresses)
    assert image.symbols["ef_ram_start"] == 0x2000_0000
    assert image.symbols["ef_image_end"] < 0x2000_0000
    assert image.symbols["ef_ram_end"] >= 0x2000_0000 + library.bss_bytes


def test_the_compiler_says_which_one_it_is(tmp_path: Path) -> None:
    library = build_library({"model.cc": model()}, load_target("cortex-m4f"), tmp_path)
    assert library.compiler_version.startswith("clang ")
    assert "zig" in library.compiler_version
