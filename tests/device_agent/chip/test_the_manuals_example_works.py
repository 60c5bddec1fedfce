"""The firmware that the manual shows is compiled as it is printed, and counts."""

import ctypes
import re
from pathlib import Path

import pytest

from builds.image.schema_table import schema_table, table_header
from builds.targets import load_target
from builds.toolchain import compile_all, compiler_by_name
from builds.toolchain.clang import zig
from device_agent.protocol.frame import FrameFlags, decode_frame, unpack_counts
from device_agent.protocol.schema import Feature, TelemetrySchema
from fleet.console.manual import FOLDER
from tests.device_agent.chip.flash import Shape, SimFlash
from tests.device_agent.chip.host import COMPILE_SECONDS, FLAGS, STRICT, files_of, tensor
from tests.device_agent.chip.ring import OK, Ring

pytestmark = pytest.mark.toolchain

SCHEMA = TelemetrySchema("digits", "1", (Feature("bright", "mean", (-50, 0, 50)),), ("a", "b"))
GIVEN, OUTPUT = tensor("x", (1, 4)), tensor("y", (1, 2))
# The port of this machine hands each call to Python.
PORT = """
#include <stdint.h>
extern "C" {
extern int32_t (*hook_read)(void *, uint32_t, void *, uint32_t);
extern int32_t (*hook_write)(void *, uint32_t, const void *, uint32_t);
extern int32_t (*hook_erase)(void *, uint32_t);
int32_t (*hook_read)(void *, uint32_t, void *, uint32_t);
int32_t (*hook_write)(void *, uint32_t, const void *, uint32_t);
int32_t (*hook_erase)(void *, uint32_t);
int32_t port_read(void *c, uint32_t at, void *to, uint32_t n) { return hook_read(c, at, to, n); }
int32_t port_write(void *c, uint32_t at, const void *from, uint32_t n) {
  return hook_write(c, at, from, n);
}
int32_t port_erase(void *c, uint32_t at) { return hook_erase(c, at); }
}
"""


def example() -> dict[str, str]:
    (text,) = re.findall(r"```cpp\n(.*?)```", (FOLDER / "mcu.md").read_text(), re.DOTALL)
    header = table_header(schema_table(SCHEMA, GIVEN, OUTPUT), "digits")
    return {"hear.cc": text, "ef_schema_digits.h": header}


@pytest.fixture(scope="module")
def firmware(tmp_path_factory: pytest.TempPathFactory) -> ctypes.CDLL:
    folder: Path = tmp_path_factory.mktemp("firmware")
    files = {**files_of(), **example(), "port.cc": PORT}
    for name, text in files.items():
        (folder / name).write_text(text, "utf-8")
    named = sorted(name for name in files if name.endswith(".cc"))
    command = ["c++", *FLAGS, *STRICT, *named, "-o", "libfirmware.so"]
    zig(command, what="the manual's firmware", cwd=folder, seconds=COMPILE_SECONDS)
    return ctypes.CDLL(str(folder / "libfirmware.so"))


def test_windows_of_the_example_are_kept_in_its_flash(
    firmware: ctypes.CDLL, chip: ctypes.CDLL
) -> None:
    flash = SimFlash(Shape(4096, 4, 8))
    for name in ("read", "write", "erase"):
        hook = ctypes.c_void_p.in_dll(firmware, f"hook_{name}")
        hook.value = ctypes.cast(getattr(flash.port, name), ctypes.c_void_p).value
    sums = (ctypes.c_int32 * 5)()
    assert firmware.hear_open(100) == 0
    for _ in range(3):
        firmware.hear_input(b"\x40\x40\x40\x40", sums)
        assert firmware.hear_output(sums, b"\x00\x7f", 500) == 0
    assert firmware.hear_seal(160, FrameFlags.SHUTDOWN) == 0
    reader = Ring(chip, SimFlash(flash.shape, flash.now))
    assert reader.open() == OK
    oldest = reader.oldest()
    assert oldest is not None
    frame = decode_frame(oldest[1])
    assert (frame.boot_id, frame.seq, frame.samples) == (1, 1, 3)
    assert (frame.t_open_s, frame.duration_s, frame.flags) == (100, 60, FrameFlags.SHUTDOWN)
    counts = unpack_counts(frame.blob, SCHEMA.layout.total)
    assert counts[SCHEMA.layout.feature(0)] == [0, 0, 0, 3]
    assert counts[SCHEMA.layout.confidence(1)][15] == 3


def test_the_example_compiles_for_a_chip(tmp_path: Path) -> None:
    files = {**files_of(), **example()}
    target, clang = load_target("cortex-m0plus"), compiler_by_name("clang")
    made = compile_all(files, target, tmp_path, cflags=("-Os",), compiler=clang)
    assert "hear.o" in {item.name for item in made}
