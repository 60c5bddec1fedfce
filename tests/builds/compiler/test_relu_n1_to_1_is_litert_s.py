"""RELU_N1_TO_1: TFLM has no such operator, so its reference is LiteRT's rescale and clamp."""

import numpy as np
import pytest

from builds.compiler.arithmetic.multiplier import quantize_multiplier, scale_exactly
from tests.builds.compiler.networks import Net
from tests.builds.compiler.oracle import proved

SHAPE = (1, 256)


@pytest.mark.parametrize(("scale_in", "scale_out", "zero"), [(0.02, 0.01, 5), (0.005, 0.04, -100)])
def test_every_byte_is_clamped(scale_in: float, scale_out: float, zero: int) -> None:
    net = Net(1)
    source = net.source(SHAPE, scale=scale_in, zero=3)
    net.spec.op("RELU_N1_TO_1", (source,), (net.result(SHAPE, scale=scale_out, zero=zero),))
    proof = proved(net.build(), "cortex-m0plus", vectors=4)
    assert proof.engines["host"]
    assert proof.engines["tflm"] is None
    scales = [float(np.float32(s)) for s in (scale_in, scale_out)]
    by, one = quantize_multiplier(scales[0] / scales[1]), round(1 / scale_out)
    for given, made in proof.golden:
        values = np.frombuffer(given, np.int8).tolist()
        scaled = [scale_exactly(v - 3, by) + zero for v in values]
        limits = max(-128, zero - one), min(127, zero + one)
        assert np.frombuffer(made, np.int8).tolist() == [
            min(max(v, limits[0]), limits[1]) for v in scaled
        ]
