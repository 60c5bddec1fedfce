"""How long to wait: exponential with full jitter, so that a fleet does not come back as a herd."""

from collections.abc import Callable
from email.utils import parsedate_to_datetime

BASE_SECONDS = 2.0
CAP_SECONDS = 900.0
RETRY_AFTER_CAP_SECONDS = 3600.0
POLL_JITTER = 0.1  # of the interval, either way
EXPONENT_LIMIT = 20

# Uniform in [0, 1), as ``random.random``.
Uniform = Callable[[], float]


def retry_seconds(attempt: int, *, retry_after: float | None, uniform: Uniform) -> float:
    """Return the wait after failure number ``attempt`` (from 0); never earlier than the service
    asked.
    """
    ceiling = min(CAP_SECONDS, BASE_SECONDS * 2.0 ** min(attempt, EXPONENT_LIMIT))
    return (retry_after or 0.0) + uniform() * ceiling


def poll_seconds(interval: float, *, uniform: Uniform) -> float:
    """Return the wait until the next poll."""
    return interval * (1.0 - POLL_JITTER + 2.0 * POLL_JITTER * uniform())


def parse_retry_after(value: str | None, *, wall: float) -> float | None:
    """Return seconds in a Retry-After header, a number or a date; None for anything else."""
    if value is None:
        return None
    text = value.strip()
    if text.isascii() and text.isdigit():
        return min(float(text[:9]), RETRY_AFTER_CAP_SECONDS)
    try:
        at = parsedate_to_datetime(text).timestamp()
    except (ValueError, TypeError, OverflowError):
        return None
    return min(max(at - wall, 0.0), RETRY_AFTER_CAP_SECONDS)
