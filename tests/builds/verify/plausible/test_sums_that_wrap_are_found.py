"""Sums that pass 32 bits on the way to a small scale: found, and told where the layer is dead."""

import numpy as np

from builds.compiler.recipe import Arithmetic
from builds.verify.evidence import objection
from builds.verify.seen import Seen
from tests.builds.compiler.networks import Net
from tests.builds.verify.plausible.looking import judgement_on


def dead_layer(scale: float) -> bytes:
    """Make a dense layer whose sums are all far below 0, with RELU."""
    net = Net(1)
    source = net.source((1, 6), scale=0.05, zero=0)
    weights = net.spec.constant(
        net.dice.integers(-9, 10, (4, 6)).astype(np.int8), scales=(3e-4,), zeros=(0,)
    )
    bias = np.full(4, -3_156_368, np.int32)
    operands = (source, weights, net.spec.constant(bias, scales=(1.5e-5,), zeros=(0,)))
    result = net.result((1, 4), scale=scale, zero=0)
    net.spec.op("FULLY_CONNECTED", operands, (result,), activation=1)
    return net.build()


OF_NOTHING = 7.843137e-9  # what a converter writes where calibration saw nothing but 0


def test_a_layer_that_died_is_told_and_not_refused() -> None:
    found = judgement_on(dead_layer(OF_NOTHING)).found
    assert found.beyond == ()
    (note,) = found.notes
    assert "FULLY_CONNECTED (operator 0)" in note
    assert "died in training" in note
    assert objection(Arithmetic.REFUSE, Seen((), plausible=found)) is None


def test_a_scale_that_is_too_small_for_the_sums_is_found_and_explained() -> None:
    found = judgement_on(dead_layer(2e-8)).found
    assert {item.kind for item in found.beyond} == {"FULLY_CONNECTED"}
    said = objection(Arithmetic.REFUSE, Seen((), plausible=found))
    assert said is not None
    assert "FULLY_CONNECTED (operator 0)" in said
    assert "where the layer died in training, train or calibrate again" in said


def test_one_that_they_fit_is_not() -> None:
    assert judgement_on(dead_layer(7.8e-4)).found.beyond == ()
