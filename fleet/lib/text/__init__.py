"""The one place that decides what text is: whole characters without NUL, as every database holds.

SQLite stores half a surrogate pair and NUL, and PostgreSQL neither; JSON with half of a character
can be neither sent nor signed. So both are refused at the edge and once more where JSON is stored.
Rows that are older than this rule are mended as they are read.
"""

import math
import re
from collections.abc import Iterator
from typing import Any, Final

from fleet.lib.errors import Refused

NUL: Final = "\x00"
REPLACEMENT: Final = "\ufffd"
_HALF: Final = re.compile("[\ud800-\udfff]")
_UNFIT: Final = re.compile("[\x00\ud800-\udfff]")


def fault(text: str) -> str | None:
    """Return what makes a text unfit to be stored, or None."""
    if NUL in text:
        return "holds NUL, which no database stores in a text."
    if _HALF.search(text):
        return "holds half of a surrogate pair, which is not a character."
    return None


def require_storable(value: Any, *, at: str = "body") -> None:
    """Raise Refused, naming the member, where a key or a text of a JSON value is unfit."""
    for where, text in _texts(value, at):
        if found := fault(text):
            raise Refused(f"{where}: this {found}", code="invalid", extra={"fields": {at: [found]}})


def mended(value: Any) -> Any:
    """Return a JSON value with U+FFFD for what is unfit, and null for NaN and infinity."""
    match value:
        case str():
            return _UNFIT.sub(REPLACEMENT, value)
        case dict():
            return {mended(key): mended(member) for key, member in value.items()}
        case list() | tuple():
            return [mended(member) for member in value]
        case float() if not math.isfinite(value):
            return None
    return value


def _texts(value: Any, at: str) -> Iterator[tuple[str, str]]:
    match value:
        case str():
            yield at, value
        case dict():
            for key, member in value.items():
                yield f"{at} (the name of a member)", str(key)
                yield from _texts(member, str(key) if at == "body" else f"{at}.{key}")
        case list() | tuple():
            for member in value:
                yield from _texts(member, at)
