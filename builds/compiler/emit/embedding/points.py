"""The words of `entry_points.h`: whose phase and arena the functions use, and what they call."""

from collections.abc import Sequence
from typing import Final

from builds.compiler.emit.embedding.style import ARENA_ALIGNMENT, Style
from builds.compiler.emit.identity import (
    PROOF_CALLS,
    Signatures,
    plain_names,
)

MODEL: Final = "ef_model_t *model"
INIT: Final = f"{MODEL}, void *arena, uint32_t arena_bytes"
_BEGIN: Final = """\
  if (model == nullptr) return EF_BAD_ARENA;
"""
_ARENA: Final = """\
  if (arena == nullptr || (reinterpret_cast<uintptr_t>(arena) & {mask}u) != 0) return EF_BAD_ARENA;
  if (arena_bytes < {arena_bytes}u) return EF_BAD_ARENA;
  [[maybe_unused]] uint8_t *const ef_arena = static_cast<uint8_t *>(arena);
  model->arena = ef_arena;"""
_OWN_ARENA: Final = "  [[maybe_unused]] uint8_t *const ef_arena = model->arena;\n"
_TRAINED: Final = """\
#if defined(EF_PROOF_NAMES)
  if (ef_placed == nullptr) ef_placed = &ef_weights;  // a proof links the weights of this training
#endif"""
_CANCEL: Final = """
[[maybe_unused]] int32_t ef_cancel({only}) {{
  ef_set_phase({argument}{phase});
  return EF_CANCELLED;
}}
"""
_HOOK: Final = """
// The firmware's own takes the place of this one.
__attribute__((weak)) int32_t ef_hook({parameters}) {{ return 0; }}
"""
_PROOF: Final = """\
#if defined(EF_PROOF_NAMES)
// For the engines of a proof, which call every model by the plain names: one instance.
alignas({alignment}) __attribute__((section(".bss.ef_arena"))) static uint8_t
    ef_proof_arena[{arena_bytes}];
static ef_model_t ef_proof_model;
int32_t ef_proof_init(void) __asm__("ef" "_init");
void *ef_proof_input(uint32_t index) __asm__("ef" "_input");
const void *ef_proof_output(uint32_t index) __asm__("ef" "_output");
int32_t ef_proof_invoke(void) __asm__("ef" "_invoke");
int32_t ef_proof_init(void) {{
  return ef_init(&ef_proof_model, ef_proof_arena, sizeof(ef_proof_arena));
}}
void *ef_proof_input(uint32_t index) {{ return ef_input(&ef_proof_model, index); }}
const void *ef_proof_output(uint32_t index) {{ return ef_output(&ef_proof_model, index); }}
int32_t ef_proof_invoke(void) {{ return ef_invoke(&ef_proof_model); }}
#else
{aliases}
#endif
{mark}"""


def point_words(
    style: Style,
    steps: Sequence[str],
    start: Sequence[str],
    *,
    arena_bytes: int,
    apart: bool,
) -> dict[str, str]:
    """Every word but those of inputs, outputs and functions beside the four."""
    instance = style.embedding.instance
    only, model, argument = (MODEL, "model", "model, ") if instance else ("void", "", "")
    started = [f"  {line}" for line in start]
    end = [f"  ef_set_phase({argument}kEfReady);", "  return 0;"]
    return {
        "phase_variable": "" if instance else "volatile uint8_t ef_phase;\n",
        "phase": "model->phase" if instance else "ef_phase",
        "only": only,
        "first": f"{MODEL}, " if instance else "",
        "constant": "const ef_model_t *model, " if instance else "",
        "model": model,
        "argument": argument,
        "cancel": _cancel(style, only, argument),
        "init": init_parameters(style),
        "begin": _BEGIN if instance else "",
        "arena": _OWN_ARENA if instance else "",
        "given": _OWN_ARENA if instance else "",
        "reset": "\n".join([*_checks(style, arena_bytes), *started, *end]),
        "calls": "\n".join(_calls(style, steps)),
        "aliases": _aliases(style, arena_bytes, apart=apart),
    }


def init_parameters(style: Style) -> str:
    """What ef_init takes."""
    return INIT if style.embedding.instance else "void"


def _checks(style: Style, arena_bytes: int) -> list[str]:
    arena = _ARENA.format(mask=ARENA_ALIGNMENT - 1, arena_bytes=arena_bytes)
    return [
        *([_TRAINED] if style.embedding.placed_weights else []),
        *([arena] if style.embedding.instance else []),
    ]


def _calls(style: Style, steps: Sequence[str]) -> list[str]:
    argument, model = ("model, ", "model") if style.embedding.instance else ("", "")
    calls = [f"  {name}({style.arguments});" for name in steps]
    if not style.embedding.hook:
        return calls
    hooks = [
        f"  if (ef_hook({argument}{done}u) != 0) return ef_cancel({model});"
        for done in range(1, len(steps))
    ]
    return [line for pair in zip(calls, [*hooks, ""], strict=True) for line in pair if line]


def _cancel(style: Style, only: str, argument: str) -> str:
    """Nobody goes on from a state that was changed in part."""
    if not style.embedding.hook:
        return ""
    phase = "0" if style.state_bytes else "kEfReady"
    return _CANCEL.format(only=only, argument=argument, phase=phase)


def _aliases(style: Style, arena_bytes: int, *, apart: bool) -> str:
    hook = ""
    if style.embedding.hook:
        parameters = "ef_model_t *, uint32_t" if style.embedding.instance else "uint32_t"
        hook = _HOOK.format(parameters=parameters)
    if not style.embedding.instance:
        return hook + plain_names(apart=apart)
    signatures: Signatures = {
        "init": f"({init_parameters(style)})",
        "invoke": f"({MODEL})",
        "input": "(const ef_model_t *model, uint32_t index)",
        "output": "(const ef_model_t *model, uint32_t index)",
    }
    return hook + _PROOF.format(
        alignment=ARENA_ALIGNMENT,
        arena_bytes=arena_bytes,
        aliases=plain_names(apart=apart, signatures=signatures, mark=""),
        mark=PROOF_CALLS,
    )
