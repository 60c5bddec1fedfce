"""What the service and its jailed child agree on: files, jobs, engines. Imports nothing, so that
neither side pulls in the other.
"""

from enum import StrEnum
from typing import Final

ENGINE_FLOAT: Final = "tensorflow"
ENGINE_INT8: Final = "tflite-micro"


class Job(StrEnum):
    """What the child is asked to do."""

    QUANTIZE = "quantize"
    INSPECT = "inspect"
    EVALUATE = "evaluate"


class Member(StrEnum):
    """The files of the work folder."""

    MODEL = "model.keras"
    CALIBRATION = "calibration.npz"
    EVALUATION = "evaluation.npz"
    TFLITE = "model.tflite"
    REPORT = "report.json"


class Unfit(Exception):
    """The input cannot be used; the message is the sentence."""
