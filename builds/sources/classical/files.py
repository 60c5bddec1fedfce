"""What the worker and the child that reads classical models agree on."""

from enum import StrEnum
from typing import Final

CLASSICAL_FILE: Final = "model.bin"


class ClassicalJob(StrEnum):
    """What a child is asked to do."""

    LOOK = "look"  # inputs, outputs and what it is made of, or why it is refused
    QUANTISE = "quantise"  # into a `.tflite` of our own operators


class ClassicalFile(StrEnum):
    """What kind of file it is."""

    JSON = "json"
    ONNX = "onnx"
    SKOPS = "skops"
