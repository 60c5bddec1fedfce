"""What a build is asked for and what its stages leave: values that the worker and its jailed child
exchange.

Imports nothing that reads a model, so that the worker's process holds no reader.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Protocol

from builds.choices import Arithmetic, ArtifactKind, Optimise, Stage, Weights
from builds.targets import Target

VERSION_LABEL: Final = re.compile(r"(\d{1,2})(?:\.(\d{1,2}))?(?:\.(\d{1,4}))?", re.ASCII)


@dataclass(frozen=True)
class BuildOrder:
    """All that a build depends on, and nothing else."""

    model: str
    version: str
    version_number: int
    target: Target
    optimise: Optimise
    int8: bytes
    schema: Mapping[str, Any]
    class_names: tuple[str, ...]
    vectors: int
    weights: Weights = Weights.TOGETHER
    arithmetic: Arithmetic = Arithmetic.REFUSE
    security_counter: int | None = None  # the release's, where the target has an image


@dataclass(frozen=True)
class BuildFile:
    """One file that the build leaves."""

    kind: ArtifactKind
    filename: str
    data: bytes


@dataclass(frozen=True)
class Unsigned:
    """The payload of an image that has yet to be signed, by the process that holds the key."""

    kind: ArtifactKind
    filename: str
    payload: bytes


@dataclass(frozen=True)
class StageResults:
    """All that comes of an order, before anything is signed."""

    report: Mapping[str, Any]  # what the stages know
    outputs: tuple[BuildFile, ...]
    unsigned: tuple[Unsigned, ...]
    abi: str  # of weights apart, as hexadecimal


@dataclass(frozen=True)
class SignedFile:
    """A file with its digest and the envelope over its statement."""

    output: BuildFile
    sha256: str
    envelope: dict[str, Any]

    @property
    def key_id(self) -> str:
        """The key that signed."""
        return str(self.envelope["signatures"][0]["keyid"])


@dataclass(frozen=True)
class SignedResult:
    """All that a build leaves."""

    report: dict[str, Any]
    files: tuple[SignedFile, ...]


class Impossible(Exception):
    """The input cannot become this artifact: trying again will not help."""


class NotProved(Exception):
    """The result is wrong or unproved: our side failed."""


class StageLog(Protocol):
    """Hears where a build stands."""

    def enter(self, stage: Stage) -> None:
        """Take note that a stage begins."""

    def note(self, stage: Stage, seconds: float, text: str) -> None:
        """Take note that a stage has ended, with its line."""


# Runs the stages of an order in a folder of its own.
Maker = Callable[[BuildOrder, Path, StageLog], StageResults]


def image_version(label: str, number: int) -> str:
    """MCUboot's form of a version: the label where it is one, with the number as build."""
    matched = VERSION_LABEL.fullmatch(label)
    parts = [int(part or 0) for part in matched.groups()] if matched else [0, 0, 0]
    return f"{parts[0]}.{parts[1]}.{parts[2]}+{number}"
