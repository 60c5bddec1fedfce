"""Processor time of this process and of its database server, and the queries that were sent."""

import resource
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from django.db import connection

NANOSECONDS = 1e9
ROUNDS = 5


@dataclass(frozen=True)
class Cost:
    """Of one call, in seconds of processor: here and in the database; memory is what it grew by."""

    here: float
    there: float
    queries: float
    memory_bytes: int

    @property
    def whole(self) -> float:
        """Seconds of processor, wherever."""
        return self.here + self.there


class Counted:
    """Counts the statements that are sent."""

    def __init__(self) -> None:
        self.queries = 0

    def __call__(self, execute: Callable[..., object], *rest: object) -> object:
        """One statement."""
        self.queries += 1
        return execute(*rest)


def measure(call: Callable[[], object], times: int = 1, warm: int = 0) -> Cost:
    """Return what one call costs, on the average of several, after some that are not counted.

    Of what is called often, the best of several rounds: others disturb whoever shares a processor.
    """
    for _ in range(warm):
        call()
    rounds = ROUNDS if times >= 2 * ROUNDS else 1
    return min((_round(call, times // rounds) for _ in range(rounds)), key=lambda cost: cost.whole)


def _round(call: Callable[[], object], times: int) -> Cost:
    counted, memory = Counted(), _peak_bytes()
    with connection.execute_wrapper(counted):
        there, here = _server_seconds(), time.process_time()
        for _ in range(times):
            call()
        here = time.process_time() - here
        there = _server_seconds() - there
    return Cost(here / times, there / times, counted.queries / times, _peak_bytes() - memory)


def _peak_bytes() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def _server_seconds() -> float:
    """Of this connection's process; SQLite works in ours."""
    if connection.vendor != "postgresql":
        return 0.0
    with connection.connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        pid = cursor.fetchone()[0]
    return int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) / NANOSECONDS
