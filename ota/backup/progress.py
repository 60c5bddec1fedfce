"""How far something is: a line for each tenth of what is long, one at the end of what is short."""

from collections.abc import Callable
from typing import Final

TENTHS: Final = 10
LONG: Final = 100  # things


class Progress:
    """Says `what: done of all things (x %)`."""

    def __init__(self, what: str, things: str, say: Callable[[str], None]) -> None:
        self._what, self._things, self._say = what, things, say
        self._told = -1

    def at(self, done: int, of: int) -> None:
        """So much is done now."""
        tenth = done * TENTHS // of if of else TENTHS
        if tenth > self._told and (of >= LONG or done == of):
            self._told = tenth
            self._say(f"{self._what}: {done} of {of} {self._things} ({tenth * 10} %)")
