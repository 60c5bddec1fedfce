"""`Range: bytes=…`. Pure: a header and a length in, slices or a refusal out."""

import re
from dataclasses import dataclass
from itertools import pairwise

RANGES_MAX = 256  # what delta clients send in one request is 150 and fewer
_ONE = re.compile(r"\s*(\d{0,18})\s*-\s*(\d{0,18})\s*")
_UNIT = re.compile(r"\s*bytes\s*=", re.IGNORECASE)


class Unsatisfiable(Exception):
    """The range lies outside the file."""


class Unreadable(Unsatisfiable):
    """The header is not a range that anybody can read."""


@dataclass(frozen=True, slots=True)
class Span:
    """Bytes `first` to `last`, both included."""

    first: int
    last: int

    @property
    def length(self) -> int:
        """How many bytes."""
        return self.last - self.first + 1


def parse_ranges(header: str, size: int) -> tuple[Span, ...]:
    """Return the spans that are asked for, in the order asked; none where the whole file is the
    answer.

    That is so for units other than bytes, for more than `RANGES_MAX` ranges and for ranges that
    overlap, as HTTP allows (RFC 9110 §14.2): answers never grow beyond the file. Ranges outside of
    the file are left out. Raises Unsatisfiable where none is left, Unreadable where one says
    nothing.
    """
    if not (unit := _UNIT.match(header)):
        return ()
    # Empty places in a list mean nothing; a list of nothing else cannot be read.
    parts = [part for part in header[unit.end() :].split(",") if part.strip()] or [""]
    if len(parts) > RANGES_MAX:
        return ()
    spans = [span for part in parts if (span := _span(part, size)).length > 0]
    if not spans:
        raise Unsatisfiable
    ordered = sorted(spans, key=lambda span: span.first)
    overlap = any(before.last >= after.first for before, after in pairwise(ordered))
    return () if overlap else tuple(spans)


def _span(part: str, size: int) -> Span:
    """Return one range cut to the file; an empty span for one outside of it."""
    found = _ONE.fullmatch(part)
    if not found or found.groups() == ("", ""):
        raise Unreadable
    first, last = found.groups()
    return _from(int(first), last, size) if first else _suffix(int(last), size)


def _suffix(count: int, size: int) -> Span:
    return Span(max(0, size - count), size - 1) if count else Span(0, -1)


def _from(first: int, last: str, size: int) -> Span:
    if last and int(last) < first:
        raise Unreadable
    return Span(first, min(int(last), size - 1) if last else size - 1)
