"""A layout is data: which files an ecosystem wants, where, and what they say.

Guarantees: a layout's file is checked when it is read; a text that names an unknown word fails
instead of shipping with a hole.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cache
from importlib.resources import files
from pathlib import PurePosixPath
from typing import Any, Protocol

from builds.compiler import Embedding
from builds.export.archive import PACKERS
from builds.export.errors import ExportError
from builds.export.material import Material
from builds.export.onchip.chip_library import (
    has_library,
    library_texts,
    library_words,
    placed_files,
)
from builds.export.texts.publication import Publication
from builds.targets import Target, load_target
from builds.targets.catalog import ARCHES

EMBEDDINGS = frozenset(field.name for field in fields(Embedding))
WORD = re.compile(r"@([A-Za-z_][A-Za-z0-9_]*)@")
FIELDS = {
    "title": str,
    "suffixes": list,
    "root": str,
    "chip_folder": str,
    "arches": list,
    "asks": list,
    "embeddings": list,
    "copied": dict,
    "written": dict,
}
TUPLES = ("suffixes", "arches", "asks", "embeddings")
ASKED = {"url": "a page for people, with --url"}  # what somebody has to say before it is laid out
APART = frozenset({"copied", "words"})
CODE = "model.cc"  # the content whose suffix in a layout all code has


@dataclass(frozen=True)
class ExportLayout:
    """One ecosystem's shape of the same sources."""

    name: str
    title: str
    suffixes: tuple[str, ...]
    root: str  # folder that holds all members, "" for none
    chip_folder: str  # folder of the chip's library, "" for none
    arches: tuple[str, ...]  # of the targets that the ecosystem has, none for all
    asks: tuple[str, ...]  # facts of a publication that the ecosystem's rules want
    embeddings: tuple[str, ...]  # what of `Embedding` its examples and build files know
    copied: Mapping[str, str]  # path in the archive -> content it is
    written: Mapping[str, str]  # path in the archive -> text with @words@
    apart_copied: Mapping[str, str]  # more of `copied` where the weights are apart
    apart_words: Mapping[str, str]  # words that say something there, and nothing elsewhere


@cache
def layouts() -> Mapping[str, ExportLayout]:
    """All layouts, by name."""
    folder = files("builds.export.layouts")
    texts = {
        entry.name.removesuffix(".toml"): entry.read_text("utf-8")
        for entry in folder.iterdir()
        if entry.name.endswith(".toml")
    }
    return {name: parse_layout(name, texts[name]) for name in sorted(texts)}


def load_layout(name: str) -> ExportLayout:
    """The layout of this name."""
    found = layouts().get(name)
    if found is None:
        known = ", ".join(layouts())
        raise ExportError(f"There is no layout {name[:32]!r}; the layouts are: {known}.")
    return found


def parse_layout(name: str, text: str) -> ExportLayout:
    """Read one data file, refusing what a Layout cannot be."""
    try:
        raw: dict[str, Any] = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ExportError(f"Layout {name}: {error}.") from None
    apart = _apart(name, raw.pop("apart", {}))
    if set(raw) != set(FIELDS):
        odd = ", ".join(sorted(set(raw) ^ set(FIELDS)))
        raise ExportError(f"Layout {name}: missing or unknown fields: {odd}.")
    for field, kind in FIELDS.items():
        if not isinstance(raw[field], kind):
            raise ExportError(f"Layout {name}: {field} must be a {kind.__name__}.")
    if not raw["suffixes"] or not set(raw["suffixes"]) <= set(PACKERS):
        raise ExportError(f"Layout {name}: suffixes must be some of {', '.join(sorted(PACKERS))}.")
    known = {"arches": ARCHES, "asks": set(ASKED), "embeddings": EMBEDDINGS}
    for field, words in known.items():
        if not set(raw[field]) <= words:
            raise ExportError(f"Layout {name}: {field} must be some of {', '.join(sorted(words))}.")
    return ExportLayout(
        name=name,
        **{**raw, **{field: tuple(raw[field]) for field in TUPLES}},
        apart_copied=apart.get("copied", {}),
        apart_words=apart.get("words", {}),
    )


def _apart(name: str, raw: Any) -> dict[str, dict[str, str]]:
    if not isinstance(raw, dict) or not set(raw) <= APART:
        raise ExportError(f"Layout {name}: apart holds {' and '.join(sorted(APART))}.")
    return raw


class Wished(Protocol):
    """What of a wish, or of its material, an ecosystem may refuse."""

    @property
    def embedding(self) -> Embedding:
        """How the code stands in a firmware."""

    @property
    def publication(self) -> Publication:
        """What people and indexes read."""

    @property
    def weights_apart(self) -> bool:
        """Whether the weights are apart from the code."""


def check_wish(layout: ExportLayout, target: Target, wished: Wished) -> None:
    """Raise ExportError where a target has no place in the ecosystem, or its rules want more."""
    arch, embedding, publication = target.arch, wished.embedding, wished.publication
    if wished.weights_apart and not layout.apart_copied:
        raise ExportError(f"{layout.title} has no place for weights apart from the code.")
    for wish in sorted(EMBEDDINGS - set(layout.embeddings)):
        if getattr(embedding, wish):
            raise ExportError(
                f"{layout.title} cannot have --{wish.replace('_', '-')}; the layout sources can."
            )
    if layout.arches and arch not in layout.arches:
        served = " or ".join(layout.arches)
        raise ExportError(f"{layout.title} is for targets of {served}, not for one of {arch}.")
    for fact in layout.asks:
        if not getattr(publication, fact):
            raise ExportError(f"{layout.title} names {ASKED[fact]}.")


def lay_out(layout: ExportLayout, material: Material) -> dict[str, bytes]:
    """The archive's members, by path under its root."""
    check_wish(layout, load_target(material.target), material)
    words, contents = material.words(), material.contents()
    words |= library_words(material, layout.chip_folder)
    words |= {
        word: fill(text, words) if material.weights else ""
        for word, text in layout.apart_words.items()
    }
    made: dict[str, bytes] = {
        material.named(fill(path, words)): material.named(fill(text, words)).encode()
        for path, text in layout.written.items()
    }
    copied = {**layout.copied, **(layout.apart_copied if material.weights else {})}
    for path, name in copied.items():
        if name not in contents:
            raise ExportError(
                f"Layout {layout.name} needs {name}, which this export does not have."
            )
        # A header that carries the model's name takes the place of one that only includes it.
        made[material.named(fill(path, words))] = contents[name]
    made |= _library(layout, material, words)
    return dict(sorted(made.items()))


def _library(
    layout: ExportLayout, material: Material, words: Mapping[str, str]
) -> dict[str, bytes]:
    """The chip's library in its folder, its code called as the layout calls the model's."""
    if not layout.chip_folder or not has_library(material):
        return {}
    code = next((path for path, name in layout.copied.items() if name == CODE), CODE)
    suffix = PurePosixPath(code).suffix
    made = placed_files(material, PurePosixPath(layout.chip_folder), suffix)
    texts = {name: fill(text, words).encode() for name, text in library_texts(suffix).items()}
    return made | {f"{layout.chip_folder}/{name}": text for name, text in texts.items()}


def fill(text: str, words: Mapping[str, str]) -> str:
    """Put words in the place of their names."""

    def word(match: re.Match[str]) -> str:
        if match[1] not in words:
            raise ExportError(f"A layout names {match[0]}, which this export does not have.")
        return words[match[1]]

    return WORD.sub(word, text)
