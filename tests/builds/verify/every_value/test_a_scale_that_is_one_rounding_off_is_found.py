"""A quotient of scales in float32 is right for nearly every value; the check finds the others."""

import numpy as np
import pytest

from builds.compiler.arithmetic.multiplier import Multiplier, quantize_multiplier
from builds.compiler.graph import Op, Tensor
from builds.compiler.operators.functions import leaky_relu
from tests.builds.verify.every_value.functions import checked, model

pytestmark = [pytest.mark.toolchain]


def in_float32(op: Op, source: Tensor, target: Tensor) -> tuple[Multiplier, Multiplier]:
    """Give multipliers that are rounded too early."""
    above = np.float32(source.scale) / np.float32(target.scale)
    return quantize_multiplier(float(above)), quantize_multiplier(
        float(above * np.float32(op.options["alpha"]))
    )


def test_a_leaky_relu_of_16_bits_is_called_different(monkeypatch: pytest.MonkeyPatch) -> None:
    assert checked(model("LEAKY_RELU of 16 bits", 3)).difference is None
    monkeypatch.setattr(leaky_relu, "leaky_multipliers", in_float32)
    difference = checked(model("LEAKY_RELU of 16 bits", 3)).difference
    assert difference is not None
    assert "LEAKY_RELU (operator" in difference
    assert "of 65536 values differ" in difference
