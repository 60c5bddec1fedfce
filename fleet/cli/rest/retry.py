"""When to send a request again, and how long to wait before. Pure.

Guarantees: only what may be repeated without a second effect is repeated (reads, and calls that
carry an `Idempotency-Key`); a refusal never is. Waits double, with jitter, so that a crowd of
pipelines does not come back at one instant; a server that names a time is obeyed within `WAIT_MAX`.
"""

from typing import Final

ATTEMPTS: Final = 5
PATIENCE: Final = 12  # attempts while the first copy of a call still runs: longer than its lease
WAIT_FIRST: Final = 0.4  # seconds
WAIT_MAX: Final = 30.0  # seconds
BUSY: Final = frozenset({429, 502, 503, 504})
IN_PROGRESS: Final = "in_progress"  # the problem code of a call whose first copy still runs


def is_worth_repeating(status: int, code: str) -> bool:
    """Tell whether the same request may be answered otherwise in a moment."""
    return status in BUSY or (status == 409 and code == IN_PROGRESS)


def wait_seconds(attempt: int, *, chance: float, told: str | None = None) -> float:
    """Return the pause after failed attempt number `attempt` (1…); `chance` is a random number in
    0…1.
    """
    if told is not None and told.isascii() and told.isdigit():
        return min(float(told), WAIT_MAX)
    ceiling = min(WAIT_FIRST * 2.0 ** (attempt - 1), WAIT_MAX)
    return ceiling * (0.5 + chance / 2)
