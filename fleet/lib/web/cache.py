"""Counters in Redis that go on by themselves when Redis is away.

Guarantees: while Redis does not answer, each process counts for itself, as the embedded default
does, so that neither the API nor signing in depends on it; a call waits a bounded time; what was
counted for itself is forgotten when Redis is back.
"""

import logging
from collections.abc import Callable
from typing import Any, Final

from django.core.cache.backends.locmem import LocMemCache
from django.core.cache.backends.redis import RedisCache
from redis.exceptions import RedisError

log = logging.getLogger(__name__)
WAIT_SECONDS: Final = 0.5  # for a connection, and for an answer
ENTRIES_MAX: Final = 100_000  # counted for itself


class SharedCounters(RedisCache):
    """Django's Redis cache; the five calls that counters are made of cannot fail."""

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        waits = {"socket_connect_timeout": WAIT_SECONDS, "socket_timeout": WAIT_SECONDS}
        super().__init__(server, {**params, "OPTIONS": waits | params.get("OPTIONS", {})})
        own = {"OPTIONS": {"MAX_ENTRIES": ENTRIES_MAX}}
        self.own = LocMemCache("when the shared cache is away", own)

    def add(self, key: Any, *args: Any, **named: Any) -> bool:
        """Set what is not there."""
        return bool(self._either(super().add, self.own.add, key, *args, **named))

    def get(self, key: Any, *args: Any, **named: Any) -> Any:
        """Return the value."""
        return self._either(super().get, self.own.get, key, *args, **named)

    def set(self, key: Any, *args: Any, **named: Any) -> None:
        """Set the value."""
        self._either(super().set, self.own.set, key, *args, **named)

    def incr(self, key: Any, *args: Any, **named: Any) -> int:
        """Count. Raises ValueError for a key that is not there."""
        return int(self._either(super().incr, self.own.incr, key, *args, **named))

    def delete(self, key: Any, *args: Any, **named: Any) -> bool:
        """Forget the value."""
        return bool(self._either(super().delete, self.own.delete, key, *args, **named))

    def _either(
        self, shared: Callable[..., Any], own: Callable[..., Any], *args: Any, **named: Any
    ) -> Any:
        try:
            return shared(*args, **named)
        except RedisError as error:
            log.warning("shared counters away, this process counts for itself: %s", error)
            return own(*args, **named)
