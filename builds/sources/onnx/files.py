"""What the worker and the children that read ONNX files agree on."""

from enum import StrEnum
from typing import Final

ONNX_FILE: Final = "model.onnx"


class OnnxJob(StrEnum):
    """What a child is asked to do."""

    LOOK = "look"  # inputs, outputs and operators, or why it is refused
    READ = "read"  # a quantised model, into an int8 .tflite with its own scales
    CONVERT = "convert"  # a float model, into a float .tflite
