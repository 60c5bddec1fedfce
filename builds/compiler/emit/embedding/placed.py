"""Weights whose address is given when the program runs: where the code keeps and checks it."""

from builds.compiler.emit.embedding.style import Style
from builds.compiler.emit.text import runtime_text

_GIVEN = "const EfWeights *placed"
# Fields are read as words, and the section comes from outside.
_ABSENT = """\
  if ((reinterpret_cast<uintptr_t>(placed) & 3u) != 0) return EF_WEIGHTS_ABSENT;
  if (placed == nullptr) return EF_WEIGHTS_ABSENT;
"""
_VARIABLE = """\
// Where the weights are, which ef_place_weights says.
const EfWeights *ef_placed;
"""


def placed_variable(style: Style) -> tuple[str, ...]:
    """The variable with the address, where there is one for the whole program."""
    return (_VARIABLE,) if style.embedding.placed_weights else ()


def placing(style: Style) -> str:
    """The function that says where the weights are, and what structs on the stack need."""
    return runtime_text("placing") if style.embedding.placed_weights else ""


def check_words(style: Style) -> dict[str, str]:
    """Words of `check_weights.h`."""
    if not style.embedding.placed_weights:
        return {"given": "", "absent": "", "object": "ef_weights"}
    return {"given": _GIVEN, "absent": _ABSENT, "object": "*placed"}


def numbers_text(style: Style) -> str:
    """How a number is read that training decides."""
    return runtime_text("placed_numbers" if style.embedding.placed_weights else "numbers")
