"""`Range: bytes=…` for one range. Pure: a header and a length in, a slice or a refusal out."""

import re
from dataclasses import dataclass

_ONE = re.compile(r"\s*bytes\s*=\s*(\d{0,18})\s*-\s*(\d{0,18})\s*", re.IGNORECASE)
_UNIT = re.compile(r"\s*bytes\s*=", re.IGNORECASE)


class Unsatisfiable(Exception):
    """The range lies outside the file, or cannot be read."""


@dataclass(frozen=True, slots=True)
class Span:
    """Bytes `first` to `last`, both included."""

    first: int
    last: int

    @property
    def length(self) -> int:
        """How many bytes."""
        return self.last - self.first + 1


def parse_range(header: str, size: int) -> Span | None:
    """The span that is asked for; None where the whole file is the right answer.

    Units other than bytes and lists of ranges are answered with the whole file, as HTTP allows.
    """
    if not _UNIT.match(header) or "," in header:
        return None
    found = _ONE.fullmatch(header)
    if not found or found.groups() == ("", ""):
        raise Unsatisfiable
    first, last = found.groups()
    span = _suffix(int(last), size) if not first else _from(int(first), last, size)
    if span.length < 1:
        raise Unsatisfiable
    return span


def _suffix(count: int, size: int) -> Span:
    return Span(max(0, size - count), size - 1) if count else Span(0, -1)


def _from(first: int, last: str, size: int) -> Span:
    if first >= size or (last and int(last) < first):
        raise Unsatisfiable
    return Span(first, min(int(last), size - 1) if last else size - 1)
