"""Several models stand in one program under their names; without names they do not link."""

import shutil
import subprocess
from pathlib import Path

import pytest

from builds.compiler import Weights, compile_model
from builds.compiler.errors import Unsupported
from builds.targets import load_target
from builds.toolchain import build_library
from builds.toolchain.clang import zig_program
from tests.builds.compiler.networks import Net, add_binary, add_unary

HOST = "linux-x86_64"
LINKERS = {
    "GNU ld": ["gcc"],
    "lld": [str(zig_program()), "cc", "-fno-sanitize=all"],
}
pytestmark = [
    pytest.mark.toolchain,
    pytest.mark.skipif(shutil.which("gcc") is None, reason="gcc is not installed"),
]
CALL = '#include "{header}"\nint {name}(void) {{ return {prefix}_init() + {prefix}_invoke(); }}\n'


def network(size: int) -> bytes:
    net = Net(size)
    add_binary(net, "ADD", (1, size), (1, size), (1, size))
    add_unary(net, "RELU", (1, size))
    return net.build()


def library(folder: Path, size: int, name: str | None = None) -> Path:
    made = compile_model(network(size), load_target(HOST), name=name)
    folder.mkdir()
    for file, text in made.files.items():
        (folder / file).write_text(text)
    return build_library(made.files, load_target(HOST), folder, cflags=made.cflags, name=name).path


def link(compiler: list[str], folder: Path, *files: str | Path) -> subprocess.CompletedProcess[str]:
    command = [*compiler, "-Wl,--gc-sections", "-ffunction-sections", *map(str, files)]
    return subprocess.run(
        [*command, "-o", "program"], cwd=folder, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize("linker", LINKERS)
def test_two_models_of_no_name_are_a_link_error(linker: str, tmp_path: Path) -> None:
    one, two = library(tmp_path / "one", 3), library(tmp_path / "two", 5)
    for name in ("one", "two"):
        text = CALL.format(header=f"{name}/model.h", name=name, prefix="ef")
        (tmp_path / f"{name}.c").write_text(text)
    main = "int one(void); int two(void); int main(void) { return one() + two(); }"
    (tmp_path / "main.c").write_text(main)
    done = link(LINKERS[linker], tmp_path, "main.c", "one.c", "two.c", one, two)
    assert done.returncode != 0
    assert "ef_init" in done.stderr


@pytest.mark.parametrize("linker", LINKERS)
def test_a_header_links_with_its_own_code_alone(linker: str, tmp_path: Path) -> None:
    own, other = library(tmp_path / "own", 3), library(tmp_path / "other", 5)
    text = CALL.format(header="own/model.h", name="main", prefix="ef")
    (tmp_path / "main.c").write_text(text)
    assert link(LINKERS[linker], tmp_path, "main.c", own).returncode == 0
    assert subprocess.run([tmp_path / "program"], check=False).returncode == 0
    assert link(LINKERS[linker], tmp_path, "main.c", other).returncode != 0


def test_two_headers_of_one_name_do_not_compile_together(tmp_path: Path) -> None:
    library(tmp_path / "one", 3)
    library(tmp_path / "two", 5)
    (tmp_path / "main.c").write_text('#include "one/model.h"\n#include "two/model.h"\n')
    done = subprocess.run(
        ["gcc", "-c", "main.c"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode != 0
    assert "A model of this name is included already" in done.stderr


@pytest.mark.parametrize("linker", LINKERS)
def test_three_models_with_names_run_in_one_program(linker: str, tmp_path: Path) -> None:
    names = {"voice": 3, "digits": 5, "wake_word": 7}
    libraries = [library(tmp_path / name, size, name) for name, size in names.items()]
    lines = [f'#include "{name}/{name}.h"' for name in names] + ["int main(void) {"]
    for name, size in names.items():
        lines.append(f"  if (EF_{name.upper()}_INPUT_0_BYTES != {size}) return 1;")
        lines.append(f"  if (ef_{name}_invoke() != EF_{name.upper()}_NOT_READY) return 2;")
        lines.append(f"  if (ef_{name}_init() != 0) return 3;")
    lines += [f"  if (ef_{name}_invoke() != 0) return 4;" for name in names]
    inputs = " || ".join(f"ef_{name}_input(0) == 0" for name in names)
    (tmp_path / "main.c").write_text("\n".join([*lines, f"  return {inputs};", "}"]))
    done = link(LINKERS[linker], tmp_path, "-Wall", "-Werror", "main.c", *libraries)
    assert done.returncode == 0, done.stderr
    assert subprocess.run([tmp_path / "program"], check=False).returncode == 0


def test_the_short_names_serve_a_file_with_one_model_and_no_file_with_two(tmp_path: Path) -> None:
    one = library(tmp_path / "voice", 3, "voice")
    library(tmp_path / "digits", 5, "digits")
    text = CALL.format(header="voice/voice.h", name="main", prefix="ef")
    (tmp_path / "main.c").write_text(text)
    assert link(LINKERS["GNU ld"], tmp_path, "main.c", one).returncode == 0
    (tmp_path / "main.c").write_text('#include "digits/digits.h"\n' + text)
    done = link(LINKERS["GNU ld"], tmp_path, "-Werror=implicit-function-declaration", "main.c", one)
    assert done.returncode != 0
    assert "ef_init" in done.stderr


def test_every_symbol_section_and_file_carries_the_name() -> None:
    for weights in Weights:
        made = compile_model(network(4), load_target("cortex-m4f"), weights=weights, name="voice")
        assert all(file.startswith("voice") for file in made.files)
        whole = "\n".join(made.files.values())
        assert '".bss.ef_arena.voice"' in whole
        assert "EDGEFLEET_MODEL" not in whole
        assert 'section(".rodata.ef_weights"' not in whole
        assert "ef_weights_" not in whole


@pytest.mark.parametrize("name", ["", "Voice", "1st", "a-b", "a b", "x" * 49, "é"])
def test_a_name_that_c_does_not_take_is_refused(name: str) -> None:
    with pytest.raises(Unsupported, match="name in code"):
        compile_model(network(3), load_target(HOST), name=name)
