from pathlib import Path

import pytest

from builds.targets import load_target
from builds.toolchain import ToolchainError, ToolFailed, build_library
from builds.toolchain.gnu import GnuArm, gnu_available
from tests.builds.toolchain.sources import model

pytestmark = pytest.mark.toolchain
needs_gnu = pytest.mark.skipif(not gnu_available(), reason="arm-none-eabi-g++ is not installed")
FILES = {"model.cc": model()}


@needs_gnu
@pytest.mark.parametrize(
    "name", ["cortex-m0plus", "cortex-m3", "cortex-m4f", "cortex-m7f", "cortex-m33f", "cortex-m55"]
)
def test_it_builds_for_arm_microcontrollers(name: str, tmp_path: Path) -> None:
    library = build_library(FILES, load_target(name), tmp_path, compiler="gnu")
    assert library.compiler_version.startswith("GNU Arm ")
    assert library.weights_bytes == 16
    assert library.code_bytes > 0


@needs_gnu
def test_its_bytes_do_not_depend_on_the_folder(tmp_path: Path) -> None:
    target = load_target("cortex-m4f")
    one = build_library(FILES, target, tmp_path / "one", compiler="gnu")
    two = build_library(FILES, target, tmp_path / "two", compiler="gnu")
    assert one.path.read_bytes() == two.path.read_bytes()


def test_it_refuses_other_processors(tmp_path: Path) -> None:
    with pytest.raises(ToolFailed, match="rv32imc"):
        build_library(FILES, load_target("rv32imc"), tmp_path, compiler="gnu")


def test_it_makes_no_shared_objects(tmp_path: Path) -> None:
    with pytest.raises(ToolFailed, match="no shared object"):
        GnuArm().shared([], tmp_path / "libmodel.so", load_target("cortex-m4f"))


def test_an_unknown_compiler_is_refused_with_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(ToolchainError, match="clang, gnu"):
        build_library(FILES, load_target("cortex-m4f"), tmp_path, compiler="msvc")
