"""What a version tells of a model, what is found of it, and the files in which both travel.

Imports nothing that reads a model, so that the worker's process holds no reader.
"""

from dataclasses import dataclass
from typing import Any, Final

ORDER: Final = "order.json"
MODEL: Final = "model.tflite"
OUT: Final = "out"
FACTS: Final = "facts.json"
REFERENCE: Final = "reference.npz"


@dataclass(frozen=True)
class VersionFacts:
    """What a schema tells of a version."""

    model: str
    version: str
    class_names: tuple[str, ...]


@dataclass(frozen=True)
class Profile:
    """What devices count, and what the reference samples gave."""

    document: dict[str, Any]
    counts: list[int]
    calibration: dict[str, list[int]]
