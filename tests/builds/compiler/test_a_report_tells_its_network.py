"""A build's report tells the network operator by operator, so that versions can be compared."""

import numpy as np

from builds.compiler.graph import Graph, Op, Quantization, Tensor
from builds.compiler.report.anatomy import OPERATORS_MAX, anatomy

SCALE = Quantization((0.5,), (-3,), 0)
INPUT = Tensor(0, "in", "int8", (1, 4), SCALE)
WEIGHTS = Tensor(
    1, "w", "int8", (2, 4), Quantization((0.1, 0.2), (0, 0), 0), np.zeros(8, np.int8).tobytes()
)
OUTPUT = Tensor(2, "out", "int8", (1, 2), SCALE)


def graph(operators: int = 1, weights: Tensor = WEIGHTS) -> Graph:
    op = Op(0, "FULLY_CONNECTED", 1, (0, 1, -1), (2,), {})
    return Graph((INPUT, weights, OUTPUT), (op,) * operators, (INPUT,), (OUTPUT,))


def test_an_operator_tells_what_it_gives_and_its_constants() -> None:
    (told,) = anatomy(graph())
    assert (told["kind"], told["shape"], told["dtype"]) == ("FULLY_CONNECTED", [1, 2], "int8")
    assert (told["scale"], told["zero_point"]) == (0.5, -3)
    (weights,) = told["weights"]
    assert (weights["shape"], weights["scales"], len(weights["sha256"])) == ([2, 4], 2, 64)


def test_other_weights_have_another_digest() -> None:
    other = Tensor(1, "w", "int8", (2, 4), WEIGHTS.quantization, np.ones(8, np.int8).tobytes())
    (one,), (two,) = anatomy(graph()), anatomy(graph(weights=other))
    assert one["weights"][0]["sha256"] != two["weights"][0]["sha256"]


def test_the_list_is_bounded() -> None:
    assert len(anatomy(graph(operators=OPERATORS_MAX + 5))) == OPERATORS_MAX
