"""Every example of the manual's page for firmware engineers compiles as C, without a warning."""

import re
import shutil
import subprocess
from functools import cache
from pathlib import Path

import pytest

from builds.compiler.cli import _parser as compiler_parser
from builds.export import lay_out, load_layout
from builds.export.cli import _parser as export_parser
from builds.export.layout import layouts
from builds.export.slot.image import with_image
from builds.targets import load_target, parse_board
from builds.toolchain.gnu import gnu_available
from tests.builds.export.exports import material
from tests.builds.export.firmware_of_three import TARGET, sources, three

PAGE = Path(__file__).parents[3] / "fleet/console/docs/firmware.md"
NAME = re.compile(r"/\* (\w+\.c) \*/\n")
# One process exports the three models.
pytestmark = pytest.mark.xdist_group("firmware of three")
FLAGS = ("-std=c99", "-pedantic", "-Wall", "-Wextra", "-Werror", "-Os", "-c")


@cache
def blocks(language: str) -> tuple[str, ...]:
    return tuple(re.findall(rf"^```{language}\n(.*?)^```", PAGE.read_text(), re.M | re.S))


def examples() -> dict[str, str]:
    return {found[1]: text for text in blocks("c") if (found := NAME.match(text))}


@pytest.mark.toolchain
@pytest.mark.skipif(not gnu_available(), reason="arm-none-eabi-gcc is not installed")
def test_each_example_is_c_without_a_warning(tmp_path: Path) -> None:
    board = parse_board("ours", blocks("toml")[0])
    held = lay_out(load_layout("image"), with_image(material(), board))
    for path, data in held.items():
        if path.endswith(".h"):
            (tmp_path / Path(path).name).write_bytes(data)
    for name, text in {**sources(), **plain_model()}.items():
        (tmp_path / name).write_text(text)
    compiler = shutil.which("arm-none-eabi-gcc")
    assert compiler
    assert len(examples()) >= 7
    for name, text in examples().items():
        # The first one's model has its memory in itself.
        own = text.replace('"voice', '"gear_wear_2') if name == "one_model.c" else text
        (tmp_path / name).write_text(own)
        command = [compiler, *load_target(TARGET).gnu_cflags, *FLAGS, name, "-o", "example.o"]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        assert done.stderr == ""


def plain_model() -> dict[str, str]:
    """Headers of a model with a name and nothing else asked for."""
    made = material(named=True)
    held = lay_out(load_layout("sources"), made)
    headers = (path for path in held if path.endswith(".h") and not path.startswith("ef/"))
    return {path: held[path].decode() for path in headers}


def test_the_board_of_the_page_is_a_board() -> None:
    assert parse_board("ours", blocks("toml")[0]).slot_bytes == 0x40000


def test_the_page_knows_every_layout_and_every_option() -> None:
    text = PAGE.read_text()
    for layout in (*layouts(), "qemu-demo"):
        assert f"| `{layout}` |" in text
    flags = {
        option
        for parser in (compiler_parser(), export_parser())
        for action in parser._actions
        for option in action.option_strings
        if option.startswith("--")
    }
    for flag in re.findall(r"(?<![\w-])--[a-z][a-z-]+", text):
        assert flag in flags | {"--gc-sections", "--install"}, flag
    assert {model.version for model in three().values()} == {"1.2.3"}
