"""The words and signs of a device query, each with its column, to point at mistakes."""

import re
from dataclasses import dataclass
from typing import Final

from fleet.lib.errors import Refused

_TOKEN: Final = re.compile(
    r"\s*(?P<token>!=|=|\(|\)|,|\"[^\"]*\"|[^\s=!(),\"]+)",
)
_SHOWN: Final = 20  # characters of a text that cannot be read


@dataclass(frozen=True)
class Token:
    """One word or sign; `column` counts from 1."""

    text: str
    column: int


def tokens_of(text: str) -> list[Token]:
    """Return the tokens of a query. Raises Refused where no token can begin."""
    found: list[Token] = []
    position, text = 0, text.rstrip()
    while position < len(text):
        token = _TOKEN.match(text, position)
        if token is None:
            rest = text[position:].lstrip()
            column = len(text) - len(rest) + 1
            raise Refused(
                f"The device query cannot be read at {rest[:_SHOWN]!r} (column {column})."
            )
        found.append(Token(token["token"], token.start("token") + 1))
        position = token.end()
    return found
