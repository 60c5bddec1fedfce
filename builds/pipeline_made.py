"""What the stages leave, wherever they ran, for the service to sign and store."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from builds.choices import Stage
from builds.pipeline import STAGES, Output, Unsigned, Work, describe
from builds.pipeline_found import report_of

# Runs one stage, and tells of it with the line that the second function makes of its result.
Follow = Callable[[Stage, Callable[[], Work], Callable[[Work], str]], Work]


@dataclass(frozen=True)
class Made:
    """All that comes of an order, before anything is signed."""

    report: Mapping[str, Any]  # what the stages know
    outputs: tuple[Output, ...]
    unsigned: tuple[Unsigned, ...]
    abi: str  # of weights apart, as hexadecimal


def make(work: Work, follow: Follow) -> Made:
    """Run all stages."""
    for stage, function in STAGES:
        work = follow(stage, partial(function, work), partial(describe, stage))
    return Made(report_of(work), work.outputs, work.unsigned, work.compiled.abi)
