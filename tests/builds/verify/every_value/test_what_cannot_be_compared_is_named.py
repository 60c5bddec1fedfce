"""A function that TFLM does not have is not called checked; those beside it are."""

import pytest

from tests.builds.compiler.networks import Net
from tests.builds.verify.every_value.functions import KINDS, checked, function

pytestmark = [pytest.mark.toolchain]


def test_an_operator_that_tflm_has_not_is_named_and_the_others_are_compared() -> None:
    net = Net(1)
    KINDS["HARD_SWISH"](net)
    function(net, "RELU_N1_TO_1")
    KINDS["QUANTIZE 16 to 8"](net)
    found = checked(net.build())
    assert found.difference is None
    assert found.functions == 2
    (reason,) = found.unchecked
    assert reason.startswith("RELU_N1_TO_1 (operator 1)")
