"""Real numbers as a witness: what each operator should give, and whether rounding explains it."""

from builds.verify.plausible.judgement import Beyond, Judgement, Plausible, judge_all
from builds.verify.plausible.look import Looked, look

__all__ = ["Beyond", "Judgement", "Looked", "Plausible", "judge_all", "look"]
