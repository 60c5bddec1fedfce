"""What the worker and the children that read `.pt2` files agree on."""

from enum import StrEnum
from typing import Final

PT2_FILE: Final = "model.pt2"
UNPACKED_BYTES: Final = 1024**3


class Pt2Job(StrEnum):
    """What a child is asked to do."""

    LOOK = "look"  # inputs, outputs and operators, or why it is refused
    CONVERT = "convert"  # into a float .tflite
