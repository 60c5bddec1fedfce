"""A memory plan as a picture: time to the right, addresses up, each tensor a box."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from django.utils.safestring import SafeString

from fleet.console.svg.canvas import label, line, picture, rect

WIDTH: Final = 640.0
HEIGHT: Final = 240.0
LEFT: Final = 64.0
FLOOR: Final = 222.0
TOP: Final = 10.0
SHADES: Final = 6  # CSS classes tensor-0 … tensor-5


@dataclass(frozen=True)
class Box:
    """A tensor in the arena: bytes from `offset`, alive from step `first` through `last`."""

    name: str
    offset: int
    size: int
    first: int
    last: int


def memory_plan(boxes: Sequence[Box], peak_bytes: int) -> SafeString:
    """Return the arena over the steps of one inference."""
    steps = max([box.last for box in boxes], default=0) + 1
    step = (WIDTH - LEFT) / steps
    scale = (FLOOR - TOP) / max(1, peak_bytes)
    parts = [line(LEFT, FLOOR, WIDTH, FLOOR, "axis"), line(LEFT, TOP, WIDTH, TOP, "limit")]
    parts.append(label(0, TOP + 5, f"{peak_bytes:,} B"))
    for index, box in enumerate(boxes):
        x, y = LEFT + box.first * step, FLOOR - (box.offset + box.size) * scale
        tip = f"{box.name}: {box.size:,} B at {box.offset:,}, steps {box.first} to {box.last}"
        wide = (box.last - box.first + 1) * step
        parts.append(rect(x, y, wide, box.size * scale, f"tensor-{index % SHADES}", tip))
    return picture(WIDTH, HEIGHT, f"Memory plan, peak {peak_bytes:,} bytes", parts)
