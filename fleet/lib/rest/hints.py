"""The word that was meant."""

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Final

SHOWN_MAX: Final = 40  # characters of a wrong word that are said back


def did_you_mean(word: str, known: Iterable[object]) -> str:
    """Return ` Did you mean "state"?`, or what there is when nothing is near, or nothing."""
    words = [str(one) for one in known]
    if near := get_close_matches(word[:SHOWN_MAX], words, n=1):
        return f' Did you mean "{near[0]}"?'
    return f" Known: {', '.join(words)}." if 0 < len(words) <= 12 else ""


def shown(word: object) -> str:
    """Return a wrong word in quotation marks, cut to a length that people read."""
    said = str(word)
    return f'"{said[:SHOWN_MAX]}{"…" if len(said) > SHOWN_MAX else ""}"'
