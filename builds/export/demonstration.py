"""A bootable image for QEMU's board mps2-an386: the model, its golden vectors, and a UART.

With weights apart they lie at an address of their own, and nothing else changes when they do:
`objcopy --update-section .ef_weights=weights.bin demo.elf`.

Guarantees: equal material gives an equal image; the image ends with one line, `RESULT PASS` or
`RESULT FAIL`, whatever happens on the way.
"""

import tempfile
from importlib.resources import files
from pathlib import Path

from builds.export.errors import ExportError
from builds.export.material import Material, slug_of
from builds.targets import load_target
from builds.toolchain import compile_all, link_image
from builds.toolchain.clang import Clang
from builds.toolchain.script import Addresses
from builds.verify.qemu import BOARDS

MACHINE = "mps2-an386"
TARGET = "cortex-m4f"
CFLAGS = ("-O1",)
LAST_LINE = "RESULT"
WEIGHTS_OFFSET = 0x20_0000  # from the start of the board's code memory


def demonstration_image(material: Material) -> bytes:
    """The ELF file; boot it with `qemu-system-arm -M mps2-an386 -nographic -kernel FILE`."""
    if material.target != TARGET:
        raise ExportError(f"The demonstration runs on {TARGET}, not on {material.target}.")
    board, target = BOARDS[MACHINE], load_target(TARGET)
    defines = (
        f"-DEF_STACK_TOP={board.ram + board.ram_bytes:#x}u",
        f'-DEF_DEMO_NAME="{slug_of(material.name)}"',
    )
    contents = material.contents()
    program = {
        "demo.cc": (files("builds.export.demo") / "mps2_an386.cc").read_text("utf-8"),
        "golden.h": contents["golden.h"].decode(),
        "model.h": contents["model.h"].decode(),
    }
    with tempfile.TemporaryDirectory(prefix="edgefleet-demo-") as name:
        folder, out = Path(name), Path(name) / "demo.elf"
        model = compile_all(
            material.files, target, folder, cflags=material.cflags, compiler=Clang()
        )
        demo = compile_all(program, target, folder, cflags=(*CFLAGS, *defines), compiler=Clang())
        weights = board.rom + WEIGHTS_OFFSET if material.weights else None
        places = Addresses(board.rom, board.ram, weights)
        link_image([*model, *demo], target, out, places, compiler=Clang(), entry="ef_start")
        return out.read_bytes()
