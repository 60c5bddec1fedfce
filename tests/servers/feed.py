"""What the model of the chain sees: angles that go round."""

import itertools
import math
from collections.abc import Iterator

from device_agent.config import Config

STEPS = 64  # to go round once


def angles(config: Config) -> Iterator[list[float] | None]:
    """One number, then a pause, for ever."""
    del config
    for number in itertools.count():
        yield [2 * math.pi * (number % STEPS) / STEPS]
        yield None
