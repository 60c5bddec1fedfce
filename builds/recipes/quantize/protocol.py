"""What the service and its jailed child agree on: files, jobs, engines. Imports nothing, so that
neither side pulls in the other.
"""

from enum import StrEnum
from typing import Final

ENGINE_FLOAT: Final = "tensorflow"
FLOAT_TFLITE: Final = "float.tflite"  # what another converter made
SAMPLES: Final = 2000  # of an evaluation dataset that are asked, spread over the whole of it
QUESTIONS_BYTES: Final = 256 * 1024**2  # of all inputs, or of all float outputs


class QuantizeJob(StrEnum):
    """What the child is asked to do."""

    QUANTIZE = "quantize"
    INSPECT = "inspect"


class JobFile(StrEnum):
    """The files of the work folder."""

    MODEL = "model.keras"
    CALIBRATION = "calibration.npz"
    EVALUATION = "evaluation.npz"
    INPUTS = "inputs.bin"  # the chosen samples as the model takes them, one after the other
    FLOATS = "floats.bin"  # what the float model answers, as float32
    LABELS = "labels.bin"  # as int64
    TFLITE = "model.tflite"


class Unfit(Exception):
    """The input cannot be used; the message is the sentence."""
