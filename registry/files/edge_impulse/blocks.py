"""The signal processing in front of the network: kinds and parameters. Pure.

A header has a structure type for each kind of block, and one value of it for each block: the fields
of the one name the numbers of the other.
"""

import math
import re
from collections.abc import Sequence
from typing import Any, Final

from registry.files.edge_impulse.c_text import items, unquoted

BLOCKS_MAX: Final = 16
WORD_CHARS: Final = 200
# What they give to the network is what the sensor gave, or pixels.
PLAIN: Final = frozenset({"raw", "image"})
STRUCTURE: Final = re.compile(r"\bstruct\s*\{([^{}]*)\}\s*ei_dsp_config_(\w+)_t\b")
CONFIGURED: Final = re.compile(r"\bei_dsp_config_(\w+)_t\s+ei_dsp_config_\w+\s*=\s*\{")
EXTRACTED: Final = re.compile(r"\bextract_(\w+)_features\b")
NUMBER: Final = re.compile(r"[-+]?[0-9]+(\.[0-9]*)?(e[-+]?[0-9]{1,3})?f?", re.IGNORECASE)
Word = str | int | float | bool


def blocks(text: str) -> list[dict[str, Any]]:
    """Each block's kind and parameters, in the order of the headers."""
    fields = {match[2]: _fields(match[1]) for match in STRUCTURE.finditer(text)}
    found = [
        {"block": match[1], **_parameters(fields.get(match[1], []), items(text, match.end()))}
        for match in CONFIGURED.finditer(text)
    ]
    # What a user's own block is made of is not in there, only which function it calls.
    return (found or [{"block": match[1]} for match in EXTRACTED.finditer(text)])[:BLOCKS_MAX]


def feed(found: Sequence[dict[str, Any]], given: str, taken: int) -> str:
    """What a firmware has to do in front of the network; empty where that is nothing."""
    names = [block["block"].replace("_", " ") for block in found if block["block"] not in PLAIN]
    if not names:
        return ""
    plural = "s" if len(names) > 1 else ""
    said = f"block{plural} {' and '.join(names)}"
    return (
        f"The firmware must compute Edge Impulse's {said} from {given} and "
        f"feed the network the {taken} numbers that come out."
    )


def word(item: str) -> Word | None:
    """A number, a truth or a string of a list; None for a name that leads elsewhere."""
    if item.startswith('"'):
        return printable(unquoted(item))
    if item in ("true", "false"):
        return item == "true"
    if not NUMBER.fullmatch(item) or len(item) > WORD_CHARS:
        return None
    value = float(item.rstrip("fF"))
    if not math.isfinite(value):
        return None
    return int(value) if value.is_integer() and abs(value) < 2**53 else value


def printable(text: str) -> str:
    """The characters of a text that every page and log shows, so many of them."""
    return "".join(char for char in text if char.isprintable())[:WORD_CHARS]


def _fields(body: str) -> list[str]:
    return [words[-1].lstrip("*") for part in body.split(";") if (words := part.split())]


def _parameters(fields: Sequence[str], values: Sequence[str]) -> dict[str, Word]:
    if len(fields) != len(values):  # an older structure, whose names are not known
        return {}
    read = {name: word(item) for name, item in zip(fields, values, strict=True)}
    return {name: value for name, value in read.items() if value is not None}
