"""How many instructions each operator takes; nothing where nobody can count."""

from dataclasses import replace
from pathlib import Path

import pytest

from builds.verify import golden_inputs
from builds.verify.profile import profile
from tests.builds.toolchain.sources import model
from tests.builds.verify.subjects import BYTES16, subject

pytestmark = [pytest.mark.toolchain, pytest.mark.emulator]
INPUTS = golden_inputs(BYTES16, vectors=1)
INVOKE = "int32_t ef_invoke(void) {"
STEPS = ("op00_first", "op01_second")
# Two loops of known length; the second step also gets the way back to the caller.
LOOP = """
namespace steps {{
__attribute__((naked, noinline)) void {name}() {{
  __asm__("movs r0, #{turns}\\n1: subs r0, #1\\nbne 1b\\nbx lr\\n");
}}
}}
"""
CALLER = """
int32_t ef_invoke(void);
}
extern "C" __attribute__((naked)) int32_t ef_invoke(void) {
  __asm__("push {r4, lr}\\nbl _ZN5steps10op00_firstEv\\nbl _ZN5steps11op01_secondEv\\n"
          "movs r0, #0\\npop {r4, pc}\\n");
}
"""


def two_steps() -> str:
    text = model("")
    loops = LOOP.format(name=STEPS[0], turns=10) + LOOP.format(name=STEPS[1], turns=100)
    return text[: text.index(INVOKE)] + CALLER.strip() + loops


@pytest.mark.parametrize("target", ["cortex-m4f", "cortex-m0plus"])
def test_loops_of_known_length_are_counted(target: str, tmp_path: Path) -> None:
    what = replace(subject(tmp_path, text=two_steps(), target=target), steps=STEPS)
    first = 1 + 2 * 10 + 1 + 1  # and the second call
    second = 1 + 2 * 100 + 1 + 2
    assert profile(what, INPUTS) == (first, second)


def test_a_step_that_is_not_there_gives_no_profile(tmp_path: Path) -> None:
    what = replace(subject(tmp_path, text=two_steps()), steps=(*STEPS, "op02_third"))
    assert profile(what, INPUTS) == ()


def test_a_target_that_nobody_counts_gives_no_profile(tmp_path: Path) -> None:
    what = replace(subject(tmp_path, target="wasm32"), steps=STEPS)
    assert profile(what, INPUTS) == ()
