"""From a model file to the material of an export: compile, build, prove.

Guarantees: an export is made only of a model whose proof came out equal.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from builds.compiler import (
    STANDALONE,
    Arithmetic,
    Compiled,
    Embedding,
    Recipe,
    Weights,
    compile_model,
)
from builds.export.build_diff import sections_of
from builds.export.errors import ExportError
from builds.export.material import Figures, Material, checked_version, slug_of
from builds.export.texts.publication import UNPUBLISHED, Publication
from builds.targets import Target
from builds.toolchain import Library, build_library
from builds.verify import Proof, prove
from builds.verify.every_value import with_values
from builds.verify.evidence import objection


@dataclass(frozen=True)
class Wish:
    """What somebody wants exported."""

    name: str
    version: str
    model: bytes
    target: Target
    vectors: int
    recipe: Recipe = Recipe.BALANCED
    seed: int = 0
    weights: Weights = Weights.TOGETHER
    named: bool = False  # the name in symbols, macros and files, for several models in one program
    arithmetic: Arithmetic = Arithmetic.REFUSE
    embedding: Embedding = STANDALONE
    labels: Sequence[str] = ()
    schema: bytes = b""
    publication: Publication = UNPUBLISHED

    @property
    def weights_apart(self) -> bool:
        """Whether their section is apart from the code."""
        return self.weights is Weights.APART


def gather(wish: Wish, workdir: Path) -> Material:
    """Compile the model, build it, prove it."""
    checked_version(wish.version)
    slug = slug_of(wish.name)
    compiled = compile_model(
        wish.model,
        wish.target,
        recipe=wish.recipe,
        weights=wish.weights,
        name=slug if wish.named else None,
        arithmetic=wish.arithmetic,
        embedding=wish.embedding,
    )
    library = build_library(
        compiled.files,
        wish.target,
        workdir / "library",
        cflags=compiled.cflags,
        name=compiled.name,
    )
    proof = prove(
        wish.model,
        compiled,
        wish.target,
        vectors=wish.vectors,
        workdir=workdir / "proof",
        seed=wish.seed,
    )
    proof = with_values(proof, compiled, wish.model, wish.target, workdir / "proof" / "values")
    return material_of(wish, compiled, library, proof)


def material_of(wish: Wish, compiled: Compiled, library: Library, proof: Proof) -> Material:
    """The material of a build that is already there."""
    if not proof.equal:
        raise ExportError(f"The model is not proved, so it is not exported: {difference(proof)}.")
    if said := objection(wish.arithmetic, proof.seen):
        raise ExportError(said)
    return Material(
        name=wish.name,
        version=wish.version,
        target=wish.target.name,
        model=wish.model,
        files=compiled.files,
        cflags=compiled.cflags,
        ops=compiled.ops,
        interface=proof.interface,
        golden=proof.golden,
        figures=Figures(
            code_bytes=library.code_bytes,
            weights_bytes=library.weights_bytes,
            arena_bytes=compiled.arena_bytes,
            state_bytes=compiled.state_bytes,
            stack_bytes=proof.stack_bytes,
            instructions=proof.instructions,
        ),
        facts={"abi": sections_of(compiled, wish.target, library.image.read_bytes()).abi},
        weights=compiled.weights,
        symbols=slug_of(wish.name) if wish.named else None,
        embedding=wish.embedding,
        labels=wish.labels,
        schema=wish.schema,
        publication=wish.publication,
    )


def difference(proof: Proof) -> str:
    """Why a proof did not come out equal."""
    return (proof.first_difference or "no engine answered").rstrip(".")
