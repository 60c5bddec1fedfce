"""A layout is data: which files an ecosystem wants, where, and what they say.

Guarantees: a layout's file is checked when it is read; a text that names an unknown word fails
instead of shipping with a hole.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from builds.export.archive import PACKERS
from builds.export.errors import ExportError
from builds.export.material import Material

WORD = re.compile(r"@([A-Za-z_][A-Za-z0-9_]*)@")
FIELDS = {"title": str, "suffixes": list, "root": str, "copied": dict, "written": dict}
APART = frozenset({"copied", "words"})


@dataclass(frozen=True)
class ExportLayout:
    """One ecosystem's shape of the same sources."""

    name: str
    title: str
    suffixes: tuple[str, ...]
    root: str  # folder that holds all members, "" for none
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
    return ExportLayout(
        name=name,
        **{**raw, "suffixes": tuple(raw["suffixes"])},
        apart_copied=apart.get("copied", {}),
        apart_words=apart.get("words", {}),
    )


def _apart(name: str, raw: Any) -> dict[str, dict[str, str]]:
    if not isinstance(raw, dict) or not set(raw) <= APART:
        raise ExportError(f"Layout {name}: apart holds {' and '.join(sorted(APART))}.")
    return raw


def lay_out(layout: ExportLayout, material: Material) -> dict[str, bytes]:
    """The archive's members, by path under its root."""
    words, contents = material.words(), material.contents()
    if material.weights and not layout.apart_copied:
        raise ExportError(f"{layout.title} has no place for weights apart from the code.")
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
    return dict(sorted(made.items()))


def fill(text: str, words: Mapping[str, str]) -> str:
    """Put words in the place of their names."""

    def word(match: re.Match[str]) -> str:
        if match[1] not in words:
            raise ExportError(f"A layout names {match[0]}, which this export does not have.")
        return words[match[1]]

    return WORD.sub(word, text)
