"""No operator that the compiler takes is without its meaning in real numbers.

Classical ones have a reference of their own, so there is nothing of TFLM's to judge.
"""

from builds.compiler.graph.opcodes import OWN
from builds.compiler.operators.table import SUPPORTED
from builds.verify.plausible.operators.table import CARRIERS, EVALUATORS


def test_what_is_compiled_is_judged_unless_it_only_carries_values() -> None:
    assert set(SUPPORTED) - set(EVALUATORS) == {"ASSIGN_VARIABLE", "READ_VARIABLE", *OWN}
    assert not CARRIERS & set(EVALUATORS)
