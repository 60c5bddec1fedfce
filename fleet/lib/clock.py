"""The only place that asks what time it is, so that tests and simulators can hold time still.

Guarantees: every instant is timezone-aware UTC. Decisions take `now` as an argument; only shells
call `now()`.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime

_fixed: ContextVar[datetime | None] = ContextVar("fixed_clock", default=None)


def now() -> datetime:
    """Return the current instant in UTC, or the one that `fixed` holds."""
    return _fixed.get() or datetime.now(UTC)


@contextmanager
def fixed(at: datetime) -> Iterator[None]:
    """Hold the clock at `at` inside the block. Raises ValueError for a naive datetime."""
    if at.tzinfo is None:
        message = "A fixed clock needs a timezone-aware instant."
        raise ValueError(message)
    token = _fixed.set(at)
    try:
        yield
    finally:
        _fixed.reset(token)
