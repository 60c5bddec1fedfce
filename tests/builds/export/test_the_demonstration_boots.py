"""The bootable image: it runs on the board's emulator and says PASS, or FAIL where that is so."""

import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from builds.export import ExportError, Material
from builds.export.demonstration import LAST_LINE, MACHINE, demonstration_image
from builds.toolchain.elf import Elf
from tests.builds.export.exports import material

QEMU = "qemu-system-arm"
LINES_MAX = 100
pytestmark = [
    pytest.mark.toolchain,
    pytest.mark.emulator,
    pytest.mark.skipif(shutil.which(QEMU) is None, reason=f"{QEMU} is not installed"),
]


def boot(made: Material, folder: Path) -> list[str]:
    return boot_image(demonstration_image(made), folder)


def boot_image(data: bytes, folder: Path) -> list[str]:
    """The UART's lines up to the last one; the board itself never ends."""
    image = folder / "demo.elf"
    image.write_bytes(data)
    command = [QEMU, "-M", MACHINE, "-nographic", "-monitor", "none", "-kernel", str(image)]
    lines: list[str] = []
    with subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True
    ) as board:
        assert board.stdout is not None
        try:
            for line in board.stdout:
                lines.append(line.strip())
                if line.startswith(LAST_LINE) or len(lines) > LINES_MAX:
                    break
        finally:
            board.kill()
    return lines


def test_it_passes_every_golden_vector(tmp_path: Path) -> None:
    assert boot(material(), tmp_path) == [
        "EdgeFleet gear_wear_2 on mps2-an386",
        *(f"vector {index} PASS" for index in range(4)),
        "RESULT PASS",
    ]


def test_it_says_which_vector_failed(tmp_path: Path) -> None:
    golden = list(material().golden)
    inputs, outputs = golden[2]
    golden[2] = (inputs, bytes([outputs[0] ^ 1]) + outputs[1:])
    lines = boot(replace(material(), golden=golden), tmp_path)
    assert lines[1:] == [
        "vector 0 PASS",
        "vector 1 PASS",
        "vector 2 FAIL",
        "vector 3 PASS",
        "RESULT FAIL",
    ]


def test_equal_material_gives_an_equal_image() -> None:
    assert demonstration_image(material()) == demonstration_image(material())


def test_the_vectors_of_the_cpu_lie_at_zero() -> None:
    first = Elf(demonstration_image(material())).pieces[0]
    assert (first.name, first.address, first.size) == (".ef_head", 0, 64)


def test_another_cpu_is_refused() -> None:
    with pytest.raises(ExportError, match="runs on cortex-m4f, not on rv32imc"):
        demonstration_image(replace(material(), target="rv32imc"))
