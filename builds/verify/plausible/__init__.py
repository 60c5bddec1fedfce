"""Real numbers as a witness: what each operator should give, and whether rounding explains it."""

from builds.verify.plausible.look import Looked, look
from builds.verify.plausible.witness import Beyond, Plausible, Testimony, testify

__all__ = ["Beyond", "Looked", "Plausible", "Testimony", "look", "testify"]
