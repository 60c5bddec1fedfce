"""A feed as a user would write one."""

import itertools
from collections.abc import Iterator

from device_agent.config import Config


def counting(config: Config) -> Iterator[list[float] | None]:
    """Real numbers that grow, with pauses, and now and then one that is no number."""
    pause = bool(config.feed_options.get("pause"))
    for number in itertools.count():
        yield [number % 7 - 3.0, 1.0, -1.0, float("nan") if number % 10 == 9 else 0.5]
        if pause:
            yield None
