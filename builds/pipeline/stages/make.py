"""All stages of a build, in one process; in a service, that is the jailed child."""

from collections.abc import Callable
from functools import partial

from builds.choices import Stage
from builds.pipeline.stages.found import report_of
from builds.pipeline.stages.made import Made
from builds.pipeline.stages.work import STAGES, Work, describe

# Runs one stage, and tells of it with the line that the second function makes of its result.
Follow = Callable[[Stage, Callable[[], Work], Callable[[Work], str]], Work]


def make(work: Work, follow: Follow) -> Made:
    """Run all stages."""
    for stage, function in STAGES:
        work = follow(stage, partial(function, work), partial(describe, stage))
    return Made(report_of(work), work.outputs, work.unsigned, work.compiled.abi)
