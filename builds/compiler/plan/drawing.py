"""A memory plan as text: one row a slice of memory, one column a step."""

from collections.abc import Sequence

_ROWS = 24
_COLUMNS = 100  # steps beyond these are not drawn
_MARKS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

Span = tuple[str, int, int, int, int]  # name, offset, size, first step, last step


def draw(spans: Sequence[Span], peak: int, steps: int) -> str:
    """Draw who owns which slice of memory at which step; # marks an overlap that is safe."""
    if not peak:
        return ""
    rows = min(_ROWS, peak)
    width = min(steps + 2, _COLUMNS)
    grid = [["."] * width for _ in range(rows)]
    for number, (_, offset, size, first, last) in enumerate(spans):
        top, bottom = offset * rows // peak, -(-(offset + size) * rows // peak)
        for row in grid[top:bottom]:
            _mark(row, first + 1, last + 1, _MARKS[number % len(_MARKS)])
    lines = [
        f"{(rows - 1 - i) * peak // rows:>9} |{''.join(row)}|" for i, row in enumerate(grid[::-1])
    ]
    keys = [f"  {_MARKS[n % len(_MARKS)]} {_key(span)}" for n, span in enumerate(spans)]
    return "\n".join([*lines, *keys])


def _mark(row: list[str], first: int, last: int, mark: str) -> None:
    for column in range(first, min(last + 1, len(row))):
        row[column] = mark if row[column] == "." else "#"


def _key(span: Span) -> str:
    name, offset, size, first, last = span
    return f"{offset:>7} +{size:<7} steps {first}..{last}  {name}"
