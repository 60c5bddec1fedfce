"""What every layout is made from: sources, golden vectors, and the facts that texts name.

Guarantees: a name or version that some ecosystem could not carry never gets into a text.
"""

import hashlib
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from builds.compiler import STANDALONE, Embedding
from builds.compiler.emit.identity import named_text
from builds.export.errors import ExportError
from builds.export.golden import Vector, golden_binary, golden_header, vectors_shown
from builds.export.texts.publication import UNPUBLISHED, Publication, title_of, xml_text
from builds.export.texts.use import use_words
from builds.image.firmware.facts import ModelFacts, build_digest, facts_files
from builds.verify import Interface

NAME_MAX = 48  # the shortest limit among the ecosystems, less what layouts put around it
VERSION = re.compile(r"(0|[1-9]\d{0,4})\.(0|[1-9]\d{0,4})\.(0|[1-9]\d{0,4})")


@dataclass(frozen=True)
class Figures:
    """What the model takes; None where nothing measured it."""

    code_bytes: int | None
    weights_bytes: int
    arena_bytes: int
    state_bytes: int
    stack_bytes: int | None = None
    instructions: int | None = None


@dataclass(frozen=True)
class Material:
    """One export, before it has a layout."""

    name: str
    version: str
    target: str
    model: bytes
    files: Mapping[str, str]  # sources by name
    cflags: Sequence[str]
    ops: Mapping[str, int]
    interface: Interface
    golden: Sequence[Vector]
    figures: Figures
    facts: Mapping[str, str]  # more that the layout's texts may name
    weights: bytes = b""  # their section, where they are apart from the code
    symbols: str | None = None  # the name in symbols, macros and files
    embedding: Embedding = STANDALONE
    labels: Sequence[str] = ()  # of the classes
    schema: bytes = b""  # of telemetry, as devices get it
    publication: Publication = UNPUBLISHED
    more: Mapping[str, bytes] = field(default_factory=dict)  # contents of one layout alone

    @property
    def weights_apart(self) -> bool:
        """Whether their section is apart from the code."""
        return bool(self.weights)

    def contents(self) -> dict[str, bytes]:
        """The files that a layout can place, by the name it uses for them."""
        made = {self._plain(name): text.encode() for name, text in self.files.items()}
        header = self.named(
            golden_header(self.interface, self.golden, instance=self.embedding.instance)
        ).encode()
        made |= {"golden.h": header, "golden.bin": golden_binary(self.golden)}
        made |= {name: text.encode() for name, text in self.told().items()}
        return {**made, **self.more} | ({"weights.bin": self.weights} if self.weights else {})

    def told(self) -> dict[str, str]:
        """The files with which the model tells what it is; code for any training tells of none."""
        figures = self.figures
        code = {name: text for name, text in self.files.items() if "_weights" not in name}
        facts = ModelFacts(
            name=title_of(self.name),
            version=self.version,
            target=self.target,
            model_sha256="" if self.weights else hashlib.sha256(self.model).hexdigest(),
            build_sha256=build_digest(code, self.target, self.cflags),
            abi_sha256=self.facts.get("abi", ""),
            schema_sha256=hashlib.sha256(self.schema).hexdigest() if self.schema else "",
            interface=self.interface,
            labels=self.labels,
            arena_bytes=figures.arena_bytes + figures.state_bytes,
            state_bytes=figures.state_bytes,
            stack_bytes=figures.stack_bytes,
            instructions=None if self.weights else figures.instructions,
            scales_told=not self.weights,
        )
        return {name: self.named(text) for name, text in facts_files(facts).items()}

    def named(self, text: str) -> str:
        """A text about the plain names as one about the model's own, where it has some."""
        return named_text(text, self.symbols) if self.symbols else text

    def _plain(self, name: str) -> str:
        return name.replace(self.symbols, "model", 1) if self.symbols else name

    def words(self) -> dict[str, str]:
        """What texts may name as `@word@`."""
        slug = slug_of(self.name)
        return {
            "slug": slug,
            "title": title_of(self.name),
            "xml_title": xml_text(title_of(self.name)),
            **self.publication.words(),
            **use_words(self.embedding, self.interface),
            "dashed": slug.replace("_", "-"),
            "SLUG": slug.upper(),
            "version": checked_version(self.version),
            "target": self.target,
            "cflags": " ".join(self.cflags),
            "quoted_cflags": ", ".join(f'"{flag}"' for flag in self.cflags),
            "model_sha256": hashlib.sha256(self.model).hexdigest(),
            "figures": figures_table(self.figures),
            "tensors": tensors_table(self.interface),
            "ops": ", ".join(f"{kind} x {count}" for kind, count in sorted(self.ops.items())),
            "vectors": str(len(self.golden)),
            "header_vectors": str(vectors_shown(self.golden)),
            "weights_bytes": f"{len(self.weights):,}",
            **self.facts,
        }


def slug_of(name: str) -> str:
    """A name that is an identifier in C, Kconfig, CMake and every package index.

    Letters lose their accents; a name of other letters alone gives its digest.
    """
    letters = unicodedata.normalize("NFKD", name.casefold())
    plain = "".join(letter for letter in letters if not unicodedata.combining(letter))
    slug = re.sub(r"[^a-z0-9]+", "_", plain).strip("_")[:NAME_MAX].rstrip("_")
    if not slug and any(c.isalnum() for c in name):
        slug = f"model_{hashlib.sha256(name.encode()).hexdigest()[:8]}"
    if not slug:
        raise ExportError(f"The name {name[:NAME_MAX]!r} has no letter or digit to make one of.")
    return slug if slug[0].isalpha() else f"model_{slug}"[:NAME_MAX]


def checked_version(version: str) -> str:
    """Three numbers with dots: what all package indexes agree on."""
    if not VERSION.fullmatch(version):
        raise ExportError(f"A version is three numbers such as 1.4.0, not {version[:32]!r}.")
    return version


def figures_table(figures: Figures) -> str:
    """A table in Markdown of what was measured."""
    rows = (
        ("flash: code", figures.code_bytes, "bytes"),
        ("flash: weights and tables", figures.weights_bytes, "bytes"),
        ("RAM: arena", figures.arena_bytes, "bytes"),
        ("RAM: state between runs", figures.state_bytes, "bytes"),
        ("RAM: deepest stack", figures.stack_bytes, "bytes"),
        ("instructions of one inference", figures.instructions, ""),
    )
    body = [f"| {what} | {value:,} {unit}".rstrip() + " |" for what, value, unit in rows if value]
    return "\n".join(["| what | measured |", "|---|---|", *body])


def tensors_table(interface: Interface) -> str:
    """A table in Markdown of inputs and outputs; names come from strangers and stay out of it."""
    sides = (("input", interface.inputs), ("output", interface.outputs))
    rows = [
        f"| {side} {index} | {slot.dtype} | {'x'.join(map(str, slot.shape)) or '1'} "
        f"| {slot.nbytes:,} | {slot.scale:.9g} | {slot.zero_point} |"
        for side, slots in sides
        for index, slot in enumerate(slots)
    ]
    head = ["| tensor | type | shape | bytes | scale | zero point |", "|---|---|---|---|---|---|"]
    return "\n".join([*head, *rows])
