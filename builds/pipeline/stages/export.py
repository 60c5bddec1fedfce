"""What a build keeps for people who put the model into a firmware of their own.

The source archive, and the digests that say by what two builds differ.
"""

from typing import Final

from builds.choices import ArtifactKind
from builds.compiler import Arithmetic, Recipe, Weights
from builds.export import Material, export_archive, sections_of, slug_of
from builds.export.gather import Wish, material_of
from builds.pipeline.stages.order import BuildFile, image_version
from builds.pipeline.stages.work import Work
from fleet.lib.canonical import canonical_json

ARCHIVE: Final = "sources.zip"
LAYOUT: Final = "sources"
WEIGHTS: Final = "weights.bin"


def archive_output(work: Work) -> BuildFile:
    """Sources, golden vectors, build file and README as one archive."""
    made = material(work, named=True)
    return BuildFile(ArtifactKind.SOURCES, ARCHIVE, export_archive(made, LAYOUT))


def material(work: Work, *, named: bool) -> Material:
    """What exports and images tell of the model; `named`: with its name in its symbols."""
    order = work.order
    version, _, _ = image_version(order.version, order.version_number).partition("+")
    wish = Wish(
        name=order.model,
        version=version,
        model=order.int8,
        target=order.target,
        vectors=order.vectors,
        recipe=Recipe(str(order.optimise)),
        weights=Weights(str(order.weights)),
        named=named,
        arithmetic=Arithmetic(str(order.arithmetic)),
        labels=order.class_names,
        schema=canonical_json(dict(order.schema)),
    )
    compiled = work.compiled.as_named(slug_of(order.model)) if named else work.compiled
    return material_of(wish, compiled, work.linked, work.proof)


def weights_outputs(work: Work) -> tuple[BuildFile, ...]:
    """The section of weights as a file, where a build has them apart."""
    if not work.compiled.weights:
        return ()
    return (BuildFile(ArtifactKind.WEIGHTS, WEIGHTS, work.compiled.weights),)


def build_sections(work: Work) -> dict[str, str | int]:
    """Digests of the linked image's two halves and of what holds them together."""
    image = work.linked.image.read_bytes()
    return sections_of(work.compiled, work.order.target, image).as_dict()
