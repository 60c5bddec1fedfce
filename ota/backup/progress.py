"""How far something long is: a line at the beginning of each tenth, and none for what is short."""

from collections.abc import Callable
from typing import Final

TENTHS: Final = 10


class Progress:
    """Says `what: done of all things (x %)`."""

    def __init__(self, what: str, things: str, say: Callable[[str], None]) -> None:
        self._what, self._things, self._say = what, things, say
        self._told = -1

    def at(self, done: int, of: int) -> None:
        """So much is done now."""
        tenth = done * TENTHS // of if of else TENTHS
        if tenth > self._told:
            self._told = tenth
            self._say(f"{self._what}: {done} of {of} {self._things} ({tenth * 10} %)")
