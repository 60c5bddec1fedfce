from pathlib import Path

import pytest

from builds.targets import load_target
from builds.toolchain import build_library, build_shared
from tests.builds.toolchain.sources import model

pytestmark = pytest.mark.toolchain
FILES = {"model.h": "#pragma once\n", "model.cc": '#include "model.h"\n' + model()}


@pytest.mark.parametrize("name", ["cortex-m4f", "rv32imc", "linux-aarch64"])
def test_a_library_does_not_depend_on_its_folder(name: str, tmp_path: Path) -> None:
    target = load_target(name)
    one = build_library(FILES, target, tmp_path / "one")
    two = build_library(FILES, target, tmp_path / "another" / "place")
    assert one.path.read_bytes() == two.path.read_bytes()
    assert one.image.read_bytes() == two.image.read_bytes()


def test_a_shared_object_does_not_depend_on_its_folder(tmp_path: Path) -> None:
    target = load_target("linux-x86_64")
    one = build_shared(FILES, target, tmp_path / "one")
    two = build_shared(FILES, target, tmp_path / "two")
    assert one.read_bytes() == two.read_bytes()


def test_a_library_does_not_depend_on_the_cache(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = load_target("cortex-m4f")
    one = build_library(FILES, target, tmp_path / "one")
    monkeypatch.setenv("EDGEFLEET_TOOL_CACHE", str(tmp_path / "cold"))
    two = build_library(FILES, target, tmp_path / "two")
    assert one.path.read_bytes() == two.path.read_bytes()


def test_no_path_of_this_machine_gets_in(tmp_path: Path) -> None:
    files = {"model.cc": model() + 'extern "C" const char *where() { return __FILE__; }\n'}
    library = build_library(files, load_target("cortex-m4f"), tmp_path)
    data = library.path.read_bytes()
    assert str(tmp_path).encode() not in data
    assert b"/tmp" not in data


def test_other_flags_give_other_bytes(tmp_path: Path) -> None:
    target = load_target("cortex-m4f")
    small = build_library(FILES, target, tmp_path / "s", cflags=("-Os",))
    fast = build_library(FILES, target, tmp_path / "f", cflags=("-O3",))
    assert small.path.read_bytes() != fast.path.read_bytes()
    assert small.code_bytes < fast.code_bytes
