"""A firmware that knows nothing of the model but its slot runs the image that a command signed.

The board is a file of somebody's own; firmware and image are loaded as two things, as they are
flashed; QEMU is the chip.
"""

import shutil
import subprocess
import zipfile
from pathlib import Path

import pytest

from builds.export.cli import REFUSED, main
from builds.export.demonstration import LAST_LINE, MACHINE
from builds.image import read_image, verify_image
from builds.signing import PublicKey, open_signer
from builds.signing.file_signer import create
from builds.targets import load_target
from builds.toolchain.gnu import gnu_available
from tests.builds.export.exports import model
from tests.builds.export.test_the_demonstration_boots import QEMU

pytestmark = pytest.mark.toolchain
BOARD = """\
title = "QEMU with a slot"
target = "cortex-m4f"
slot_address = 0x00200000
slot_bytes = 0x40000
ram_address = 0x20100000
ram_bytes = 0x10000
header_bytes = 0x200
write_align = 4
"""
FIRMWARE = """
#include "ef_slot.h"
extern const uint8_t golden[], golden_end[];
void start(void);
static volatile uint32_t *at(uint32_t address) { return (volatile uint32_t *)(uintptr_t)address; }
static void print(const char *text) {
  for (; *text != 0; ++text) {
    while ((*at(0x40004004u) & 1u) != 0) {}
    *at(0x40004000u) = (uint8_t)*text;
  }
}
static int run(const struct ef_table *model, const ef_facts_t *facts, const uint8_t **vector) {
  int wrong = 0;
  for (uint32_t i = 0; i < facts->input_count; ++i) {
    uint8_t *to = (uint8_t *)model->input(i);
    for (uint32_t k = 0; k < facts->inputs[i].bytes; ++k) to[k] = *(*vector)++;
  }
  if (model->invoke() != 0) return 1;
  for (uint32_t i = 0; i < facts->output_count; ++i) {
    const uint8_t *from = (const uint8_t *)model->output(i);
    for (uint32_t k = 0; k < facts->outputs[i].bytes; ++k) wrong |= from[k] != *(*vector)++;
  }
  return wrong;
}
void start(void) {
  const struct ef_table *model;
  const ef_facts_t *facts;
  const uint8_t *vector = golden;
  int wrong = 0;
  *at(0xE000ED88u) = *at(0xE000ED88u) | (0xFu << 20);
  __asm__ volatile("dsb\\n\\tisb" ::: "memory");
  *at(0x40004010u) = 16, *at(0x40004008u) = 1;
  model = ef_slot_model();
  if (model == 0 || model->init() != 0) {
    print("RESULT NONE\\n");
  } else {
    facts = ef_slot_facts(model);
    print(facts->name), print("\\n"), print(facts->version), print("\\n");
    while (vector < golden_end) wrong |= run(model, facts, &vector);
    print(wrong ? "RESULT FAIL\\n" : "RESULT PASS\\n");
  }
  for (;;) __asm__ volatile("wfi");
}
struct vectors { uint32_t stack; void (*reset)(void); };
__attribute__((section(".vectors"), used)) static const struct vectors vectors = {
    0x20080000u, start};
"""
GOLDEN = """
  .section .rodata
  .global golden, golden_end
golden:
  .incbin "golden.bin"
golden_end:
"""
SCRIPT = """
ENTRY(start)
SECTIONS
{
  . = 0x0;
  .vectors : { KEEP(*(.vectors)) }
  .text : { *(.text*) *(.rodata*) }
  . = 0x20000000;
  .data : { *(.data*) }
  .bss : { *(.bss*) *(COMMON) }
}
"""


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The unpacked archive, with the key that signed it."""
    folder = tmp_path_factory.mktemp("product")
    (folder / "net.tflite").write_bytes(model())
    (folder / "bench.toml").write_text(BOARD)
    create(folder / "firmware.pem")
    options = ("--layout", "image", "--name", "Pump Ω", "--version", "2.1.0", "--vectors", "3")
    more = ("--board", str(folder / "bench.toml"), "--key", f"file:{folder / 'firmware.pem'}")
    out = folder / "image.zip"
    command = [str(folder / "net.tflite"), *options, *more, "--counter", "9", "--out", str(out)]
    assert main(command) == 0
    with zipfile.ZipFile(out) as archive:
        archive.extractall(folder)
    return folder


def test_the_image_is_signed_and_says_what_it_is(product: Path) -> None:
    data = (product / "pump/model.signed.bin").read_bytes()
    signer = open_signer(f"file:{product / 'firmware.pem'}")
    verify_image(data, PublicKey.of(signer).raw)
    facts = read_image(data)
    assert (facts.version, facts.security_counter, facts.target) == ("2.1.0+0", 9, "cortex-m4f")
    assert facts.slot_address == 0x0020_0000
    assert facts.payload == (product / "pump/payload.bin").read_bytes()


def gnu(product: Path, script: str) -> "subprocess.CompletedProcess[str]":
    folder = product / "pump"
    for name, text in {"main.c": FIRMWARE, "golden.S": GOLDEN, "ours.ld": script}.items():
        (folder / name).write_text(text)
    flags = ("-std=c99", "-Wall", "-Wextra", "-Werror", "-O1", "-nostdlib", "-Ifirmware")
    scripts = ("-T", "firmware/ef_slot.ld", "-T", "ours.ld")
    machine = load_target("cortex-m4f").gnu_cflags
    command = ["arm-none-eabi-gcc", *machine, *flags, "main.c", "golden.S", *scripts, "-lgcc"]
    return subprocess.run(
        [*command, "-o", "firmware.elf"], cwd=folder, capture_output=True, text=True, check=False
    )


def boot(folder: Path, *loads: str) -> list[str]:
    """What the UART says until its last line."""
    command = [QEMU, "-M", MACHINE, "-nographic", "-monitor", "none", "-kernel", "firmware.elf"]
    command += [part for load in loads for part in ("-device", f"loader,{load}")]
    lines: list[str] = []
    with subprocess.Popen(
        command, cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True
    ) as board:
        assert board.stdout is not None
        for line in board.stdout:
            lines.append(line.strip())
            if line.startswith(LAST_LINE):
                break
        board.kill()
    return lines


needs_gnu = pytest.mark.skipif(not gnu_available(), reason="arm-none-eabi-gcc is not installed")


@pytest.mark.emulator
@needs_gnu
@pytest.mark.skipif(shutil.which(QEMU) is None, reason=f"{QEMU} is not installed")
def test_the_firmware_finds_it_proves_it_and_does_without(product: Path) -> None:
    done = gnu(product, SCRIPT)
    assert done.returncode == 0, done.stderr
    # QEMU would take the ranges that are kept free for something to load.
    free = ("--remove-section=.ef_slot", "--remove-section=.ef_slot_ram")
    command = ["arm-none-eabi-objcopy", *free, "firmware.elf"]
    subprocess.run(command, cwd=product / "pump", check=True)
    image = "file=model.signed.bin,addr=0x200000,force-raw=on"
    assert boot(product / "pump", image) == ["Pump Ω", "2.1.0", "RESULT PASS"]
    assert boot(product / "pump") == ["RESULT NONE"]


@needs_gnu
def test_a_firmware_that_reaches_into_the_slot_does_not_link(product: Path) -> None:
    done = gnu(product, SCRIPT.replace("0x0;", "0x200100;"))
    assert done.returncode != 0
    assert "overlaps section .ef_slot" in done.stderr


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ((), "go with --board"),
        (("--board", "nucleo-g0b1re", "--target", "cortex-m4f"), "is one of cortex-m0plus"),
        (("--board", "nucleo-l4r5zi", "--weights", "apart"), "no place for weights apart"),
        (("--board", "nucleo-l4r5zi", "--instance"), "cannot have --instance"),
        (("--board", "nucleo-l4r5zi", "--key", "file:absent.pem"), "absent.pem cannot be read"),
    ],
)
def test_what_cannot_be_an_image_is_refused(
    more: tuple[str, ...], why: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "net.tflite").write_bytes(model())
    command = [str(tmp_path / "net.tflite"), "--layout", "image", "--vectors", "1", *more]
    assert main([*command, "--out", str(tmp_path / "i.zip")]) == REFUSED
    said = capsys.readouterr().err
    assert why in said
    assert said.count("\n") == 1
    assert not (tmp_path / "i.zip").exists()
