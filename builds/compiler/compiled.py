"""What a compile gives: the files.

And everything that a report or a verifier wants to know about them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from builds.compiler.emit.identity import PROOF_FLAG, named
from builds.compiler.graph import Graph
from builds.compiler.plan.plan import MemoryPlan
from builds.compiler.recipe import STANDALONE, Embedding


@dataclass(frozen=True)
class Operator:
    """One operator of the program: its function, its kind, its multiply-accumulates in the file."""

    name: str
    kind: str
    macs: int


@dataclass(frozen=True)
class Compiled:
    """The result of one compile; equal inputs give equal values."""

    files: Mapping[str, str]
    graph: Graph
    ops: Mapping[str, int]
    macs: int
    arena_bytes: int
    state_bytes: int
    weights_bytes: int
    plan: MemoryPlan
    cflags: tuple[str, ...]
    operators: tuple[Operator, ...]
    abi: str = ""  # of weights apart: what their section and the code agree on, as hexadecimal
    weights: bytes = b""  # the section itself, `weights.bin`
    exceptions: tuple[str, ...] = ()  # what in the code follows from these weights all the same
    reference: bytes = b""  # the model as TFLM can run it: what was worked out is filled in
    rewritten: tuple[str, ...] = ()  # operators that compute as LiteRT's do
    name: str | None = None  # what symbols, macros, sections and files carry in place of `model`
    embedding: Embedding = STANDALONE

    @property
    def header(self) -> str:
        """The name of the header."""
        return f"{self.name or 'model'}.h"

    @property
    def source(self) -> str:
        """The text of the code."""
        return self.files[f"{self.name or 'model'}.cc"]

    @property
    def proof_cflags(self) -> tuple[str, ...]:
        """Flags of a build that engines call by the plain names, whatever the model is called."""
        plain = self.embedding.plain and not self.name
        return self.cflags if plain else (*self.cflags, PROOF_FLAG)

    def as_named(self, name: str) -> "Compiled":
        """The same code under a name, so that it can stand beside other models in one program."""
        return replace(self, files=named(self.files, name), name=name)

    @property
    def step_names(self) -> tuple[str, ...]:
        """The operators' functions, in the order in which they run."""
        return tuple(operator.name for operator in self.operators)
