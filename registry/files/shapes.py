"""Whether a dataset holds what a model takes. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any


def mismatch(kind: str, sample: Sequence[int], wanted: Sequence[int]) -> str | None:
    """The sentence that says how they differ, or None; 0 in `wanted` is an unknown size."""
    fits = len(sample) == len(wanted) and all(
        size in (0, own) for own, size in zip(sample, wanted, strict=True)
    )
    if fits:
        return None
    return f"The {kind} dataset holds samples of {text(sample)}; the model takes {text(wanted)}."


def schema_mismatches(
    datasets: Mapping[str, Sequence[int]], io_schema: Mapping[str, Any]
) -> list[str]:
    """The sentences for all datasets of a version; models with several inputs are not judged."""
    inputs = io_schema.get("inputs", [])
    if len(inputs) != 1:
        return []
    wanted = list(inputs[0]["shape"])[1:]
    found = [mismatch(kind, shape, wanted) for kind, shape in sorted(datasets.items())]
    return [sentence for sentence in found if sentence is not None]


def text(shape: Sequence[int]) -> str:
    """A shape as people write it."""
    return " x ".join(str(size or "?") for size in shape) or "one value"
