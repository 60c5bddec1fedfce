"""Time, asked for in one place: monotonic for every timeout, wall time only to judge expiry."""

import time
from typing import Protocol


class Clock(Protocol):
    """What time it is."""

    def uptime(self) -> float:
        """Return seconds that only ever grow, also while the machine sleeps; since its start."""
        ...

    def wall(self) -> float:
        """Unix seconds as the machine believes them; may be wrong by decades."""
        ...

    def sleep(self, seconds: float) -> None:
        """Come back later."""
        ...


class SystemClock:
    """The machine's clocks."""

    def uptime(self) -> float:
        """See ``Clock``."""
        return time.clock_gettime(time.CLOCK_BOOTTIME)

    def wall(self) -> float:
        """See ``Clock``."""
        return time.time()

    def sleep(self, seconds: float) -> None:
        """See ``Clock``."""
        time.sleep(max(seconds, 0.0))
