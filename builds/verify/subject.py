"""What is being proved: a model, and the code that claims to compute the same."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from builds.targets import Target
from builds.verify.interface import Interface


@dataclass(frozen=True)
class Subject:
    """A model file, the generated sources, and where to build them."""

    model: bytes
    files: Mapping[str, str]
    cflags: Sequence[str]
    target: Target
    interface: Interface
    workdir: Path
    compiler: str = "clang"
    stateful: bool = False  # what a vector gives depends on those before it
    classical: bool = False  # of operators that TFLM has not
    steps: Sequence[str] = ()  # functions that ef_invoke calls, in this order; for the profile
