"""Comparisons, choices, casts and quotients, each equal to TFLM in machine code."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from builds.compiler import Unsupported, compile_model
from builds.compiler.operators.arithmetic.comparison import RELATIONS
from builds.targets import load_target
from tests.builds.compiler.masks import BROADCASTS, add_plain, answers
from tests.builds.compiler.modelfile import TensorSpec
from tests.builds.compiler.movements import plain_input, plain_output
from tests.builds.compiler.networks import Net
from tests.builds.compiler.operators.arithmetic.comparison import add_comparison
from tests.builds.compiler.operators.arithmetic.div import add_quotient
from tests.builds.compiler.operators.arithmetic.logical import add_logic
from tests.builds.compiler.operators.arithmetic.select import add_choice
from tests.builds.compiler.operators.conversion.cast import add_cast
from tests.builds.compiler.operators.reductions.reduce_max import add_reduced_mask
from tests.builds.compiler.oracle import assert_equal, proved

few = settings(max_examples=2, deadline=None, suppress_health_check=list(HealthCheck))
seeds = st.integers(0, 10_000)
TARGETS = ["cortex-m4f", "cortex-m0plus"]


@pytest.mark.parametrize("target", TARGETS)
@few
@given(seeds, st.sampled_from(BROADCASTS))
def test_comparisons_of_int8(target: str, seed: int, shapes: tuple[tuple[int, ...], ...]) -> None:
    net = Net(seed)
    a, b, out = shapes
    for kind in RELATIONS:
        add_comparison(net, kind, "int8", (a, b, out))
        add_comparison(net, kind, "int8", (a, b, out), constant=True)
    assert_equal(net.build(), target, vectors=8)


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("dtype", ["float32", "int32"])
def test_comparisons_of_numbers_without_a_scale(target: str, dtype: str) -> None:
    net = Net(5)
    for kind in RELATIONS:
        for shapes in BROADCASTS:
            add_comparison(net, kind, dtype, shapes)
    assert_equal(net.build(), target, vectors=6)


@pytest.mark.parametrize("target", TARGETS)
def test_masks_are_joined_and_turned_over(target: str) -> None:
    net = Net(6)
    for shapes in BROADCASTS:
        add_logic(net, shapes)
    assert_equal(net.build(), target)


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("dtype", ["int8", "int16", "float32"])
@few
@given(
    seeds,
    st.sampled_from(
        [
            ((2, 3, 5), (2, 3, 5), (2, 3, 5), (2, 3, 5)),
            ((2, 1), (2, 3), (1, 3), (2, 3)),
            ((4, 1, 1), (1,), (2, 3), (4, 2, 3)),
            ((1,), (2, 2, 1, 2, 3), (2, 1, 2, 1, 3), (2, 2, 2, 2, 3)),
        ]
    ),
)
def test_choices(
    target: str,
    dtype: str,
    seed: int,
    shapes: tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...], tuple[int, ...]],
) -> None:
    net = Net(seed)
    add_choice(net, dtype, shapes)
    assert_equal(net.build(), target)


@pytest.mark.parametrize("target", TARGETS)
def test_choices_by_their_older_name(target: str) -> None:
    net = Net(8)
    for dtype in ("int8", "float32"):
        mask = plain_input(net, (2, 3), "bool")
        operands = [plain_input(net, (2, 3), dtype) for _ in range(2)]
        net.spec.op("SELECT", (mask, *operands), (plain_output(net, (2, 3), dtype),))
    assert_equal(net.build(), target)


def test_a_choice_by_its_older_name_does_not_broadcast() -> None:
    net = Net(8)
    mask = plain_input(net, (2,), "bool")
    operands = [plain_input(net, (2, 3)) for _ in range(2)]
    net.spec.op("SELECT", (mask, *operands), (plain_output(net, (2, 3)),))
    with pytest.raises(Unsupported, match="of SELECT, all must be equal"):
        compile_model(net.build(), load_target("cortex-m4f"))


@pytest.mark.parametrize("target", TARGETS)
def test_a_choice_of_whole_numbers_is_the_same_in_all_engines_but_tflm(target: str) -> None:
    net = Net(8)
    mask = plain_input(net, (2, 3), "bool")
    operands = [plain_input(net, (2, 3), "int32") for _ in range(2)]
    net.spec.op("SELECT_V2", (mask, *operands), (plain_output(net, (2, 3), "int32"),))
    proof = proved(net.build(), target)
    assert proof.equal, proof.first_difference
    assert proof.reasons["tflm"]


@pytest.mark.parametrize("target", TARGETS)
def test_changes_of_type(target: str) -> None:
    net = Net(9)
    kinds = ("bool", "int8", "int16", "int32", "float32")
    for given_type in kinds:
        for made_type in kinds:
            add_cast(net, given_type, made_type, (3, 11))
            add_cast(net, given_type, made_type, (3, 11), through=True)
    assert_equal(net.build(), target, vectors=9)


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("kind", ["ADD", "SUB", "MUL", "MAXIMUM", "MINIMUM", "SQUARED_DIFFERENCE"])
def test_arithmetic_without_a_scale(target: str, kind: str) -> None:
    net = Net(10)
    for dtype in ("float32", "int32"):
        for shapes in BROADCASTS:
            add_plain(net, kind, dtype, shapes)
    assert_equal(net.build(), target, vectors=9)


@pytest.mark.parametrize("target", TARGETS)
def test_activations_of_real_numbers(target: str) -> None:
    net = Net(11)
    for activation in (0, 1, 2, 3):
        for kind in ("ADD", "SUB", "MUL"):
            add_plain(net, kind, "float32", BROADCASTS[0], activation)
    assert_equal(net.build(), target, vectors=9)


@pytest.mark.parametrize("target", TARGETS)
@few
@given(seeds, st.sampled_from([2.0**-9, 0.004, 0.1, 1.5, 60.0]), st.integers(-128, 127))
def test_quotients_of_int8(target: str, seed: int, scale: float, zero: int) -> None:
    net = Net(seed)
    add_quotient(net, (256, 1), (1, 256), (256, 256), scale=scale, zero=zero)  # every pair
    for a, b, out in BROADCASTS:
        add_quotient(net, a, b, out, scale=scale, zero=zero)
    assert_equal(net.build(), target, vectors=9)


def test_a_mask_becomes_numbers_that_are_summed() -> None:
    net = Net(12)
    source = net.source((2, 40))
    mask = net.spec.tensor(TensorSpec((2, 40), "bool"))
    net.spec.op("GREATER", (source, net.source((2, 40))), (mask,))
    real, ones = (
        net.spec.tensor(TensorSpec((2, 40), "float32")),
        net.spec.activation((2, 40), 1 / 255, -128),
    )
    net.spec.op("CAST", (mask,), (real,))
    net.spec.op("QUANTIZE", (real,), (ones,))
    axes = net.integers([1])
    net.spec.op("SUM", (ones, axes), (net.result((2,), scale=0.2, zero=-128),))
    assert_equal(net.build(), "cortex-m0plus", vectors=9)


def test_a_scale_that_tflm_would_stop_at_is_refused() -> None:
    net = Net(13)
    wide = net.source((1, 4), scale=1.5)
    net.spec.op("LESS", (wide, net.source((1, 4))), (answers(net, (1, 4)),))
    with pytest.raises(Unsupported, match="below 1"):
        compile_model(net.build(), load_target("cortex-m4f"))


def test_a_choice_between_scales_is_refused() -> None:
    net = Net(14)
    mask = plain_input(net, (2, 3), "bool")
    operands = (mask, net.source((2, 3), scale=0.1), net.source((2, 3), scale=0.2))
    net.spec.op("SELECT_V2", operands, (net.result((2, 3), scale=0.1),))
    with pytest.raises(Unsupported, match="one scale and zero point"):
        compile_model(net.build(), load_target("cortex-m4f"))


@pytest.mark.parametrize("target", TARGETS)
def test_whether_all_of_a_mask_hold(target: str) -> None:
    net = Net(15)
    for axes, out in (([1], (2, 4)), ([0, 2], (3,)), ([-1], (2, 3))):
        add_reduced_mask(net, "REDUCE_ALL", axes, out)
    assert_equal(net.build(), target, vectors=9)


def test_any_holds_where_not_all_of_the_opposite_do() -> None:
    net = Net(15)
    mask, turned = (net.spec.tensor(TensorSpec((2, 3, 4), "bool")) for _ in range(2))
    net.spec.op("GREATER", (net.source((2, 3, 4)), net.source((2, 3, 4))), (mask,))
    net.spec.op("LOGICAL_NOT", (mask,), (turned,))
    net.spec.op("REDUCE_ANY", (mask, net.integers([1])), (answers(net, (2, 4)),), keep_dims=False)
    net.spec.op("REDUCE_ALL", (turned, net.integers([1])), (answers(net, (2, 4)),), keep_dims=False)
    proof = proved(net.build(), "cortex-m4f", vectors=9)
    assert proof.equal, proof.first_difference
    for _, made in proof.golden:
        assert [1 - byte for byte in made[:8]] == list(made[8:])


def test_masks_are_taken_apart_and_joined() -> None:
    net = Net(16)
    mask = net.spec.tensor(TensorSpec((3, 2, 4), "bool"))
    net.spec.op("GREATER", (net.source((3, 2, 4)), net.source((3, 2, 4))), (mask,))
    rows = [answers(net, (2, 4)) for _ in range(3)]
    net.spec.op("UNPACK", (mask,), rows, axis=0, count=3)
    net.spec.op("CONCATENATION", rows, (answers(net, (6, 4)),), axis=0)
    net.spec.op("TRANSPOSE", (mask, net.integers([2, 0, 1])), (answers(net, (4, 3, 2)),))
    proof = proved(net.build(), "cortex-m0plus", vectors=6)
    assert proof.equal, proof.first_difference
    for _, made in proof.golden:
        assert made[24:48] == made[:24]
        turned = np.frombuffer(made[:24], np.uint8).reshape(3, 2, 4).transpose(2, 0, 1)
        assert turned.tobytes() == made[48:]
