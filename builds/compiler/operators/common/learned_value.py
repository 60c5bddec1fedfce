"""Numbers that training decides, marked in the text of a lowered operator.

A build with its weights in the code prints them where they stand; one whose weights lie apart reads
them from the section (`builds.compiler.emit.section`). Nothing but these marks and the arrays of a
lowered operator may depend on what a model has learned. Members of a struct are named in
`builds/compiler/emit/trained_members.py`, too.
"""

import re
from collections.abc import Callable, Iterable, Sequence

_MARK = re.compile("⟦([^⟧]*)⟧")


def learned(value: int | float) -> str:
    """Mark an int32 or, when it is a float, a float32."""
    return f"⟦{value.hex()}f⟧" if isinstance(value, float) else f"⟦{value}⟧"


def learned_all(values: Iterable[int | float]) -> list[str]:
    """Mark each of several numbers."""
    return [learned(value) for value in values]


def numbers_of(texts: Sequence[str]) -> list[str]:
    """Give the marked numbers in their order, as C++ prints them."""
    return [found for text in texts for found in _MARK.findall(text)]


def replaced(text: str, with_what: Callable[[str], str]) -> str:
    """Put something in the place of every marked number."""
    return _MARK.sub(lambda match: with_what(match[1]), text)


def printed(text: str) -> str:
    """Print the marked numbers where they stand."""
    return replaced(text, str)
