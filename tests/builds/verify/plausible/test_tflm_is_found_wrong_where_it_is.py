"""Where TFLM itself leaves the real numbers, equality proves nothing, and the witness says so."""

import numpy as np
import pytest

from tests.builds.compiler.modelfile import TensorSpec
from tests.builds.compiler.networks import Net
from tests.builds.verify.plausible.looking import SHARED, blamed, judgement_on

CASES = (
    "relu6_alone",
    "relu6_after_concat",
    "relu6_with_skip_from_before",
    "relu6_with_skip_quantised",
)
ROOM = {"scale": 0.05, "zero": 3}
OTHER = {"scale": 0.025, "zero": -40}
Operator = tuple[str, tuple[int, ...], list[list[int]], tuple[int, ...], dict[str, float]]
MOVES: list[Operator] = [
    ("TRANSPOSE", (2, 3), [[1, 0]], (3, 2), {}),
    ("SLICE", (2, 5), [[0, 1], [2, 3]], (2, 3), {}),
    ("STRIDED_SLICE", (2, 6), [[0, 0], [2, 6], [1, 2]], (2, 3), {}),
    ("GATHER", (4, 3), [[2, 0]], (2, 3), {"axis": 0}),
    ("GATHER_ND", (2, 3), [[1]], (3,), {}),
    ("DEPTH_TO_SPACE", (1, 2, 2, 4), [], (1, 4, 4, 1), {"block": 2}),
    ("SPACE_TO_DEPTH", (1, 4, 4, 1), [], (1, 2, 2, 4), {"block": 2}),
    ("BROADCAST_TO", (1, 3), [[2, 3]], (2, 3), {}),
    ("REVERSE_V2", (2, 3), [[1]], (2, 3), {}),
    ("PACK", (2, 3), [], (1, 2, 3), {"count": 1, "axis": 0}),
    ("UNPACK", (1, 2, 3), [], (2, 3), {"count": 1, "axis": 0}),
]


def moving(operator: Operator, before: dict[str, float], behind: dict[str, float]) -> bytes:
    kind, given, numbers, made, options = operator
    net = Net(3)
    source, target = net.source(given, **before), net.result(made, **behind)
    constants = [net.integers(n) for n in numbers]
    net.spec.op(kind, (source, *constants), (target,), **options)
    return net.build()


def one(kind: str, before: dict[str, float], behind: dict[str, float], **options: float) -> bytes:
    net = Net(1)
    net.spec.op(kind, (net.source((1, 64), **before),), (net.result((1, 64), **behind),), **options)
    return net.build()


@pytest.mark.parametrize("name", CASES)
def test_relu6_that_does_not_rescale_is_named_with_its_steps(name: str) -> None:
    path = SHARED / "cases" / f"{name}.tflite"
    if not path.exists():
        pytest.skip("the shared cases are not beside the project")
    (found,) = judgement_on(path.read_bytes()).found.beyond
    assert found.kind == "RELU6"
    assert 95 <= found.off <= 135
    assert found.share > 0.9
    assert f"RELU6 (operator {found.operator})" in found.sentence


@pytest.mark.parametrize("kind", ["RELU6", "MAXIMUM", "MINIMUM"])
@pytest.mark.parametrize("dtype", ["int8", "int16"])
def test_bytes_that_are_compared_across_scales_are_found(kind: str, dtype: str) -> None:
    net = Net(2)
    scales = (0.05, 0.02, 0.03) if dtype == "int8" else (0.0005, 0.0002, 0.0003)
    tensors = [net.spec.tensor(TensorSpec((2, 32), dtype, (s,), (0,))) for s in scales]
    inputs = tensors[:1] if kind == "RELU6" else tensors[:2]
    net.spec.inputs += inputs
    net.spec.outputs.append(tensors[2])
    net.spec.op(kind, inputs, tensors[2:])
    assert blamed(net.build()) == {kind}


@pytest.mark.parametrize("operator", MOVES, ids=lambda operator: operator[0])
def test_an_operator_that_moves_bytes_is_found_where_the_scale_changes(operator: Operator) -> None:
    assert blamed(moving(operator, ROOM, OTHER)) == {operator[0]}
    assert blamed(moving(operator, ROOM, ROOM)) == set()


def test_a_block_that_is_padded_with_the_byte_0_is_found() -> None:
    net = Net(4)
    source, target = net.source((1, 3, 4, 2), **ROOM), net.result((4, 2, 3, 2), **ROOM)
    numbers = (net.integers([2, 2]), net.integers([[1, 0], [2, 0]]))
    net.spec.op("SPACE_TO_BATCH_ND", (source, *numbers), (target,))
    assert blamed(net.build()) == {"SPACE_TO_BATCH_ND"}


def test_a_running_sum_that_begins_at_its_zero_point_is_found() -> None:
    def summing(zero: int) -> bytes:
        net = Net(5)
        source = net.source((2, 5), scale=0.05, zero=zero)
        axis = net.spec.constant(np.asarray(1, np.int32))
        net.spec.op("CUMSUM", (source, axis), (net.result((2, 5), scale=0.1, zero=0),))
        return net.build()

    assert blamed(summing(7)) == {"CUMSUM"}
    assert blamed(summing(0)) == set()


@pytest.mark.parametrize(("kind", "zero"), [("LOGISTIC", -128), ("TANH", 0)])
def test_a_function_that_takes_its_output_s_scale_for_granted_is_found(
    kind: str, zero: int
) -> None:
    assert blamed(one(kind, ROOM, {"scale": 0.02, "zero": zero})) == {kind}


@pytest.mark.parametrize("kind", ["RELU", "LEAKY_RELU", "ABS"])
def test_functions_that_do_rescale_are_believed(kind: str) -> None:
    assert blamed(one(kind, ROOM, OTHER)) == set()


def test_another_name_for_the_same_bytes_is_told_and_not_held_against_them() -> None:
    net = Net(6)
    source, target = net.source((1, 8), **ROOM), net.result((8, 1), **OTHER)
    net.spec.op("RESHAPE", (source, net.integers([8, 1])), (target,))
    found = judgement_on(net.build()).found
    assert not found.beyond
    assert found.notes == (
        (
            "RESHAPE (operator 0) that makes tensor 'tensor_1' gives its bytes another scale "
            "(0.05 becomes 0.025)."
        ),
    )
