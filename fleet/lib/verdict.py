"""What may be concluded where something is asked whether it is well: one enum for every judge.

A look at a rollout's devices, the health of a version and a gate of a wave all answer with these;
the words are stored, sent over REST and printed by the replay.
"""

from enum import StrEnum


class Verdict(StrEnum):
    """Pass, fail, or that it cannot be known yet, which holds and never passes."""

    PASS = "pass"  # noqa: S105 - a verdict, not a password
    FAIL = "fail"
    INCONCLUSIVE = "inconclusive"
