"""A device's camera: held-out digits at a steady rate, through a gain that somebody may turn while
it runs.

This is the code that a user of the agent writes: a factory that the agent calls with its
configuration, giving
inputs for as long as it is asked. It needs nothing but the standard library, as on a device.
"""

import random
import time
from array import array
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

PIXELS: Final = 64
FLOAT_BYTES: Final = 4
LOOK_EVERY: Final = 10  # frames between two looks at the gain
RATE: Final = 25.0  # frames a second


def frames(config: Mapping[str, Any]) -> Iterator[list[float]]:
    """Yield images of 64 floats. `config`: `images` (file of float32), `gain` (file of one
    number), `seed`.
    """
    images = array("f", Path(config["images"]).read_bytes())
    count = len(images) // PIXELS
    gain_file = Path(config["gain"])
    order = random.Random(config.get("seed", 0))  # noqa: S311 - a shuffle, not a secret
    gain, frame = 1.0, 0
    while True:
        if frame % LOOK_EVERY == 0:
            gain = float(gain_file.read_text())
        start = order.randrange(count) * PIXELS
        yield [min(1.0, pixel * gain) for pixel in images[start : start + PIXELS]]
        frame += 1
        time.sleep(1 / RATE)
