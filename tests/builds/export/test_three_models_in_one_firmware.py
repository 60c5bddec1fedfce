"""Three exported models stand in one firmware, share their kernels and an arena, and are right."""

import re
import shutil
from pathlib import Path

import pytest

from builds.export.demonstration import MACHINE
from builds.targets import load_target
from builds.toolchain import compile_all, compiler_by_name, link_image
from builds.toolchain.elf import Elf
from builds.toolchain.gnu import gnu_available
from builds.toolchain.script import Addresses
from builds.verify.qemu import BOARDS
from tests.builds.export.firmware_of_three import TARGET, sources, three
from tests.builds.export.test_the_demonstration_boots import QEMU, boot_image

pytestmark = [
    pytest.mark.xdist_group("firmware of three"),
    pytest.mark.toolchain,
    pytest.mark.emulator,
    pytest.mark.skipif(shutil.which(QEMU) is None, reason=f"{QEMU} is not installed"),
]
needs_gnu = pytest.mark.skipif(not gnu_available(), reason="arm-none-eabi-g++ is not installed")
COMPILERS = ["clang", pytest.param("gnu", marks=needs_gnu)]
BOARD = BOARDS[MACHINE]
MAIN = """\
#include "voice_golden.h"
#include "digits_golden.h"
#include "wake_golden.h"
#include "digits_info.h"
#include "voice_info.h"
#include "wake_info.h"
#include "wake_weights.h"

static uint32_t calls;
extern "C" int32_t ef_voice_hook(ef_voice_model_t *, uint32_t) { ++calls; return 0; }

static volatile uint32_t &at(uint32_t address) {
  return *reinterpret_cast<volatile uint32_t *>(address);
}
static void print(const char *text) {
  for (; *text != 0; ++text) {
    while ((at(0x40004004u) & 1u) != 0) {}
    at(0x40004000u) = static_cast<uint8_t>(*text);
  }
}
static void told(const ef_facts_t *facts, int wrong) {
  print(facts->name);
  print(wrong == 0 ? " PASS\\n" : " FAIL\\n");
}

// Two models take turns in one arena.
alignas(16) static uint8_t arena[EF_VOICE_ARENA_BYTES + EF_DIGITS_ARENA_BYTES];
static int in_turn() {
  ef_voice_model_t voice;
  ef_digits_model_t digits;
  int wrong = ef_voice_init(&voice, arena, sizeof(arena));
  wrong += ef_digits_init(&digits, arena, sizeof(arena));
  for (uint32_t turn = 0; turn < 2; ++turn) {
    const uint8_t *from = ef_voice_golden_inputs;
    for (uint32_t i = 0; i < EF_VOICE_INPUTS; ++i) {
      uint8_t *to = static_cast<uint8_t *>(ef_voice_input(&voice, i));
      for (uint32_t k = 0; k < ef_voice_golden_input_bytes[i]; ++k) to[k] = *from++;
    }
    wrong += ef_voice_invoke(&voice);
    const uint8_t *made = static_cast<const uint8_t *>(ef_voice_output(&voice, 0));
    wrong += made[0] != ef_voice_golden_outputs[0];
    wrong += ef_digits_invoke(&digits);
  }
  return wrong;
}

extern "C" void start(void) {
  at(0xE000ED88u) = at(0xE000ED88u) | (0xFu << 20);
  __asm__ volatile("dsb\\n\\tisb" ::: "memory");
  at(0x40004010u) = 16, at(0x40004008u) = 1;
  int wrong = 0, one = ef_wake_init() == EF_WAKE_WEIGHTS_ABSENT ? 0 : 1;
  ef_wake_place_weights(&ef_wake_weights);
  wrong += one += ef_wake_golden_check();
  told(ef_wake_info(), one);
  wrong += one = ef_voice_golden_check();
  told(ef_voice_info(), one);
  wrong += one = ef_digits_golden_check();
  told(ef_digits_info(), one);
  wrong += in_turn();
  print(calls > 0 ? "hook PASS\\n" : "hook FAIL\\n");
  print(wrong == 0 ? "RESULT PASS\\n" : "RESULT FAIL\\n");
  for (;;) __asm__ volatile("wfi");
}
using Vector = void (*)(void);
extern "C" __attribute__((section(".ef_head"), used)) const Vector vectors[2] = {
    reinterpret_cast<Vector>(STACK_TOP), start};
"""


def firmware(compiler: str, folder: Path) -> bytes:
    target, by = load_target(TARGET), compiler_by_name(compiler)
    folder.mkdir()
    flags = (
        "-Os",
        *(flag for flag in three()["voice"].cflags if not flag.startswith("-O")),
        f"-DSTACK_TOP={BOARD.ram + BOARD.ram_bytes:#x}u",
    )
    objects = compile_all({**sources(), "main.cc": MAIN}, target, folder, cflags=flags, compiler=by)
    out = folder / "firmware.elf"
    places = Addresses(BOARD.rom, BOARD.ram)
    link_image(objects, target, out, places, compiler=by, entry="start", roots=("start",))
    return out.read_bytes()


@pytest.mark.parametrize("compiler", COMPILERS)
def test_they_run_side_by_side_and_their_kernels_are_linked_once(
    compiler: str, tmp_path: Path
) -> None:
    image = firmware(compiler, tmp_path / "build")
    assert boot_image(image, tmp_path) == [
        "wake PASS",
        "voice PASS",
        "digits PASS",
        "hook PASS",
        "RESULT PASS",
    ]
    symbols = Elf(image).symbols
    shared = [name for name in symbols if "ef_kernels_" in name and "ef_conv" in name]
    fills = [name for name in symbols if re.search(r"ef_kernels_\w+.*14ef_fill_window", name)]
    assert len(shared) == len(set(shared)) >= 1
    assert len(fills) <= 1
    for name in three():
        assert any(f"ef_{name}_invoke" in symbol for symbol in symbols)
