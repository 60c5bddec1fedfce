"""Real numbers as a witness: what each operator should give, and whether rounding explains it."""

from builds.verify.plausible.judgement import Beyond, Judgement, Place, Plausible, judge_all
from builds.verify.plausible.observed import Looked, judged_ops, look, outputs_for

__all__ = [
    "Beyond",
    "Judgement",
    "Looked",
    "Place",
    "Plausible",
    "judge_all",
    "judged_ops",
    "look",
    "outputs_for",
]
