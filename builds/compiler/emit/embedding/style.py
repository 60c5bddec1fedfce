"""How steps and entry points are written: with the build's own memory, or with what a caller gives.

Guarantees: without an embedding every text is the one that it was given.
"""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

from builds.compiler.emit.text import headers, runtime_text
from builds.compiler.errors import Unsupported
from builds.compiler.recipe import Embedding, Recipe, Weights

ARENA_ALIGNMENT: Final = 16  # bytes, of an arena that a caller gives
_NAMESPACE_DIGITS: Final = 12
_PLACE: Final = re.compile(r"\bef_at<([^()]*?)>\(")
_RESET: Final = re.compile(r"\bef_reset\(")
_WEIGHTS: Final = re.compile(r"(?<![.\w])ef_weights\.")
# A number of placed weights is known by where it lies in them.
_NUMBER: Final = re.compile(r"EfNumber\(ef_weights\.(\w+)\[(\d+)\]\)")
_OFFSET: Final = r"EfNumber(__builtin_offsetof(EfWeights, \1) + 4 * \2)"
_KERNEL: Final = {
    Recipe.SIZE: "[[maybe_unused]] __attribute__((noinline)) static",
    Recipe.BALANCED: "[[maybe_unused]] __attribute__((noinline)) static",
    Recipe.SPEED: "[[maybe_unused]] __attribute__((always_inline)) static inline",
}
_SHARED_KERNEL: Final = "[[maybe_unused]] __attribute__((noinline)) inline"
_QUIET: Final = """\
#if defined(__GNUC__) && !defined(__clang__)
// A kernel is inline so that one copy is linked, and not to be inlined.
#pragma GCC diagnostic ignored "-Wattributes"
#endif
"""


def check_embedding(embedding: Embedding, recipe: Recipe, weights: Weights) -> None:
    """Raise Unsupported where two wishes do not go together."""
    if embedding.shared_kernels and recipe is Recipe.SPEED:
        raise Unsupported(
            "Recipe speed makes kernels for each operator, so there are none to share; "
            "take balanced or size."
        )
    if embedding.shared_kernels and embedding.placed_weights:
        raise Unsupported(
            "Kernels that read placed weights belong to their model: share kernels, or place "
            "weights, not both."
        )
    if embedding.placed_weights and weights is not Weights.APART:
        raise Unsupported(
            "Only weights apart from the code can be placed when the program runs: add "
            "--weights apart."
        )


@dataclass(frozen=True)
class Style:
    """A build's recipe and embedding, and what follows from them for its text."""

    recipe: Recipe
    embedding: Embedding
    state_bytes: int

    @property
    def kernel(self) -> str:
        """What stands before each kernel."""
        return _SHARED_KERNEL if self.embedding.shared_kernels else _KERNEL[self.recipe]

    @property
    def memory(self) -> str:
        """The text that has the arena, or does without."""
        return runtime_text("instance_memory" if self.embedding.instance else "memory")

    @property
    def parameters(self) -> str:
        """Of each step's function."""
        return "uint8_t *const ef_arena" if self.embedding.instance else ""

    @property
    def arguments(self) -> str:
        """What each step is called with."""
        return "ef_arena" if self.embedding.instance else ""

    def line(self, text: str) -> str:
        """A line of a step or of the start, with arena and weights where they are."""
        if self.embedding.instance:
            text = _RESET.sub("ef_reset(ef_arena, ", _PLACE.sub(r"ef_at<\1>(ef_arena, ", text))
        return self.weights(text)

    def weights(self, text: str) -> str:
        """A text with its fields of weights where they are."""
        return _WEIGHTS.sub("ef_placed->", text) if self.embedding.placed_weights else text

    def parted(self, lines: Sequence[str]) -> tuple[list[str], list[str]]:
        """Constants of a step that stand before it, and those that are known when it runs."""
        if not self.embedding.placed_weights:
            return list(lines), []
        placed = [_NUMBER.sub(_OFFSET, line) for line in lines]
        late = [line for line in placed if _WEIGHTS.search(line)]
        return [line for line in placed if line not in late], [
            self.weights(line.replace("constexpr", "const", 1)) for line in late
        ]

    def kernels(
        self, common: Sequence[str], own: Sequence[str], texts: Sequence[str], kind: str
    ) -> list[str]:
        """The kernels, and the model's own text; shared ones in a namespace of their content."""
        if not self.embedding.shared_kernels:
            return [*common, *own, *texts]
        name = f"ef_kernels_{_digest(kind)}"
        return [
            "}  // namespace\n",
            f"{_QUIET}\nnamespace {name} {{\n",
            *common,
            *texts,
            f"}}  // namespace {name}\n\nusing namespace {name};\n\nnamespace {{\n",
            *own,
        ]


@cache
def _digest(kind: str) -> str:
    """Of all kernels there are: one version of the compiler gives one name, another a new one."""
    whole = hashlib.sha256(kind.encode())
    for name in sorted(headers()):
        whole.update(f"\0{name}\0{runtime_text(name)}".encode())
    return whole.hexdigest()[:_NAMESPACE_DIGITS]
