"""A device's camera: digits that nobody trained on, through a gain that somebody may turn.

This is the code that a user of the agent writes: a factory that the agent calls with its
configuration, giving inputs for as long as it is asked. It needs nothing but the standard library,
as on a device.
"""

import random
import time
from array import array
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final, Protocol

PIXELS: Final = 64
FLOAT_BYTES: Final = 4
LOOK_EVERY: Final = 10  # frames between two looks at the gain
RATE: Final = 25.0  # frames a second


class HasOptions(Protocol):
    """The part of the agent's configuration that a factory reads."""

    @property
    def feed_options(self) -> Mapping[str, Any]:
        """Whatever the device's owner wrote there."""
        ...


def frames(config: HasOptions) -> Iterator[list[float]]:
    """Yield images of 64 floats.

    Options: `images` (a file of float32), `gain` (a file of one number), `seed`.
    """
    options = config.feed_options
    images = array("f", Path(options["images"]).read_bytes())
    count = len(images) // PIXELS
    gain_file = Path(options["gain"])
    order = random.Random(options.get("seed", 0))  # noqa: S311 - a shuffle, not a secret
    gain, frame = 1.0, 0
    while True:
        if frame % LOOK_EVERY == 0:
            gain = float(gain_file.read_text())
        start = order.randrange(count) * PIXELS
        yield [min(1.0, pixel * gain) for pixel in images[start : start + PIXELS]]
        frame += 1
        time.sleep(1 / RATE)
