from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builds.targets import load_target
from builds.verify import EngineUnavailable, golden_inputs
from builds.verify.child import EngineAnswer
from builds.verify.engines import EMULATORS
from builds.verify.qemu import COARSE_SHIFT, COUNTER, FINE_SHIFT, count_instructions
from tests.builds.toolchain.sources import CLAMP, model
from tests.builds.verify.subjects import BYTES16, subject

pytestmark = [pytest.mark.toolchain, pytest.mark.emulator]
INPUTS = golden_inputs(BYTES16, vectors=2)
INVOKE = "int32_t ef_invoke(void) {"
THUMB_LOOP = """
__asm__(
  ".section .text.ef_invoke,\\"ax\\",%progbits\\n.global ef_invoke\\n.thumb_func\\n"
  ".type ef_invoke, %function\\nef_invoke:\\n"
  "  movs r0, #100\\n"
  "1: subs r0, #1\\n"
  "  bne 1b\\n"
  "  bx lr\\n");
"""
SKIPPED = """
__asm__(
  ".section .text.ef_invoke,\\"ax\\",%progbits\\n.global ef_invoke\\n.thumb_func\\n"
  ".type ef_invoke, %function\\nef_invoke:\\n"
  "  movs r0, #0\\n"
  "  cmp r0, #1\\n"
  "  itt eq\\n"
  "  moveq r0, #5\\n"
  "  addeq.w r0, r0, #5\\n"
  "  bx lr\\n");
"""
RISCV_LOOP = """
__asm__(
  ".section .text.ef_invoke,\\"ax\\",@progbits\\n.global ef_invoke\\n"
  ".type ef_invoke, @function\\nef_invoke:\\n"
  "  li a0, 100\\n"
  "1: addi a0, a0, -1\\n"
  "  bnez a0, 1b\\n"
  "  ret\\n");
"""


def with_invoke(assembly: str) -> str:
    text = model("")
    start = text.index(INVOKE)
    return text[:start] + "int32_t ef_invoke(void);\n}\n" + assembly


def run(name: str, engine: str, workdir: Path, text: str) -> EngineAnswer:
    for spec in load_target(name).emulators:
        kind, machine, cpu = spec.split(":")
        if kind == engine:
            try:
                what = subject(workdir, text=text, target=name)
                return EMULATORS[kind](what, INPUTS, machine, cpu)
            except EngineUnavailable as error:
                pytest.skip(str(error))
    pytest.fail(f"{name} has no {engine}")


@pytest.mark.parametrize("engine", ["unicorn", "qemu"])
def test_a_loop_of_known_length_is_counted(engine: str, tmp_path: Path) -> None:
    answer = run("cortex-m4f", engine, tmp_path, with_invoke(THUMB_LOOP))
    assert answer.facts["instructions"] == 1 + 2 * 100 + 1


def test_so_it_is_on_riscv(tmp_path: Path) -> None:
    answer = run("rv32imc", "unicorn", tmp_path, with_invoke(RISCV_LOOP))
    assert answer.facts["instructions"] == 1 + 2 * 100 + 1


@pytest.mark.parametrize("engine", ["unicorn", "qemu"])
def test_instructions_that_an_it_block_skips_count(engine: str, tmp_path: Path) -> None:
    answer = run("cortex-m4f", engine, tmp_path, with_invoke(SKIPPED))
    assert answer.facts["instructions"] == 6


@pytest.mark.parametrize("name", ["cortex-m3", "cortex-m4f", "cortex-m7f", "cortex-m33f"])
def test_two_emulators_count_the_same(name: str, tmp_path: Path) -> None:
    one = run(name, "unicorn", tmp_path, model(CLAMP))
    two = run(name, "qemu", tmp_path, model(CLAMP))
    assert one.facts["instructions"] == two.facts["instructions"]
    assert one.facts["stack_bytes"] == two.facts["stack_bytes"]
    assert one.outputs == two.outputs


def test_a_second_run_counts_the_same(tmp_path: Path) -> None:
    runs = [run("cortex-m0plus", "unicorn", tmp_path, model(CLAMP)) for _ in range(2)]
    assert runs[0].facts == runs[1].facts


@given(st.integers(1, 400_000_000), st.sampled_from([20_000_000, 25_000_000, 32_000_000]))
def test_two_clock_readings_give_the_exact_number(instructions: int, clock_hz: int) -> None:
    def ticks(shift: int) -> int:
        return ((instructions - 1) << shift) * clock_hz // 1_000_000_000

    coarse, fine = ticks(COARSE_SHIFT), ticks(FINE_SHIFT) % COUNTER
    assert count_instructions(coarse, fine, clock_hz) == instructions
    assert count_instructions(coarse + 1, fine - 1, clock_hz) == instructions
