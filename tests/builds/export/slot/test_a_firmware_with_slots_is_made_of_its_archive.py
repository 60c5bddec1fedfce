"""The README of a slot's archive, followed: with its files, one compiler and QEMU a board takes the
model and runs it.
"""

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from builds.export import ExportError, Material, lay_out, load_layout
from builds.export.slot.slot_file import with_slot_file
from builds.image.model_image import PayloadKind, read
from builds.targets import load_target, parse_slot_board, slot_board
from builds.toolchain.gnu import PROGRAM, gnu_available
from builds.toolchain.run import check
from device_agent.protocol.chip.image import target_digest
from fleet.console.manual import FOLDER
from tests.builds.export.exports import TARGET, apart_material, material
from tests.ports import free_port, listens
from tests.waiting import until

pytestmark = [pytest.mark.toolchain, pytest.mark.xdist_group("slot archive")]
BOARD = "mps2-an386"
PORT = "5555"  # in the README
SECONDS = 240.0
needs_gnu = pytest.mark.skipif(not gnu_available(), reason="arm-none-eabi-g++ is not installed")
needs_qemu = pytest.mark.skipif(
    not shutil.which("qemu-system-arm"), reason="qemu-system-arm is not installed"
)


def with_file(made: Material, counter: int = 3) -> Material:
    board = slot_board(BOARD)
    assert board is not None
    return with_slot_file(replace(made, target=BOARD), board, counter)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The archive, unpacked."""
    place: Path = tmp_path_factory.mktemp("archive")
    for path, data in lay_out(load_layout("slot"), with_file(material())).items():
        (place / path).parent.mkdir(parents=True, exist_ok=True)
        (place / path).write_bytes(data)
    return place


def blocks(folder: Path, language: str) -> list[str]:
    readme = (folder / "README.md").read_text()
    return re.findall(rf"^```{language}\n(.*?)^```", readme, re.M | re.S)


def test_the_file_is_for_this_board_and_says_its_counter(folder: Path) -> None:
    image = read((folder / "model.slot.bin").read_bytes())
    assert (image.kind, image.counter, image.target) == (PayloadKind.CODE, 3, target_digest(BOARD))


@needs_gnu
def test_the_lines_of_the_readme_compile(folder: Path) -> None:
    (text,) = blocks(folder, "cpp")
    (folder / "update.cc").write_text(text)
    flags = ["-std=c++17", "-Wall", "-Wextra", "-Werror", "-I.", "-Ief"]
    command = [PROGRAM, *load_target(TARGET).gnu_cflags, *flags, "-c", "update.cc"]
    assert check(command, what=PROGRAM, cwd=folder, deadline_seconds=SECONDS).stderr == ""


@needs_qemu
@pytest.mark.emulator
@pytest.mark.parametrize(
    "compiler", [pytest.param("arm-none-eabi-g++", marks=needs_gnu), "ziglang"]
)
def test_a_board_is_built_and_takes_the_model(folder: Path, compiler: str) -> None:
    client, build = (command(folder, word) for word in ("bring.py 127", compiler))
    said(folder, build)
    with qemu(folder) as port:
        asked = client.replace(PORT, str(port))
        before, after = said(folder, asked.replace("model.slot.bin", "")), said(folder, asked)
    assert "runs no model, 0 windows wait" in before
    assert "runs gear_wear_2 1.4.0" in after
    assert "mps2-an386" in after


def command(folder: Path, word: str) -> str:
    """The README's command with this word, by this interpreter."""
    (found,) = (text for text in blocks(folder, "sh") if word in text)
    return found.replace("python3", sys.executable)


def said(folder: Path, text: str) -> str:
    done = subprocess.run(
        ["/bin/sh", "-c", text], cwd=folder, capture_output=True, timeout=SECONDS, check=False
    )
    assert done.returncode == 0, done.stderr.decode()[-2000:]
    return done.stdout.decode()


@contextmanager
def qemu(folder: Path) -> Iterator[int]:
    port = free_port()
    text = command(folder, "qemu-system-arm").replace(PORT, str(port))
    with subprocess.Popen(["/bin/sh", "-c", f"exec {text}"], cwd=folder) as process:
        try:
            until(lambda: listens(port), "QEMU listens", process=process)
            yield port
        finally:
            process.kill()


def test_with_weights_apart_there_is_a_file_of_them_alone() -> None:
    held = lay_out(load_layout("slot"), with_file(apart_material()))
    image = read(held["weights.slot.bin"])
    assert image.kind is PayloadKind.WEIGHTS
    assert image.abi.hex() in held["README.md"].decode()
    assert len(held["weights.slot.bin"]) < len(held["model.slot.bin"])


def test_a_build_for_another_board_has_no_place() -> None:
    board = slot_board(BOARD)
    assert board is not None
    with pytest.raises(ExportError, match="for another board than mps2-an386"):
        with_slot_file(material(), board, 1)


def test_the_board_of_the_manuals_page_is_one() -> None:
    (text,) = re.findall(r"```toml\n(.*?)```", (FOLDER / "model_slots.md").read_text(), re.DOTALL)
    assert parse_slot_board("sensor", text).profile == TARGET
