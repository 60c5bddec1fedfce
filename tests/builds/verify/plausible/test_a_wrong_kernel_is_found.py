"""Wrong by construction: one element of an output is moved, and the witness names the operator."""

from dataclasses import replace

import numpy as np
import pytest

from builds.compiler.arithmetic.multiplier import RANGES
from builds.verify.plausible import Looked, judge_all
from builds.verify.plausible.observed import judged_ops
from tests.builds.compiler.models_of_every_kind import small_models
from tests.builds.verify.plausible.looking import looked_at

STEPS = {"int8": 3, "uint8": 3, "int16": 12}  # more than any kernel's own precision
# Of these the real numbers allow more: positions and powers of few bits.
COARSE = frozenset({"RESIZE_BILINEAR", "SQUARED_DIFFERENCE", "SOFTMAX"})
MODELS = ("mixed", "arithmetic", "moving", "lstm", "svdf", "wide")


def moved(looked: Looked, key: tuple[int, int]) -> Looked:
    """The same look with one element of one tensor a few steps off, away from the nearer end."""
    tensor = looked.graphs[key[0]].tensor(key[1])
    values = np.array(looked.held[0][key])
    low, high = RANGES[tensor.dtype]
    down = int(values[-1]) * 2 > low + high
    values[-1] += -STEPS[tensor.dtype] if down else STEPS[tensor.dtype]
    return replace(looked, held=({**looked.held[0], key: values}, *looked.held[1:]))


@pytest.mark.parametrize("name", MODELS)
def test_an_element_that_is_moved_is_found_at_its_operator(name: str) -> None:
    looked = looked_at(small_models()[name], vectors=2)
    before = {(item.operator, item.kind) for item in judge_all(looked).found.beyond}
    tried = 0
    for op in judged_ops(looked.graphs[0]):
        tensor = looked.graphs[0].tensor(op.outputs[0])
        if op.kind in COARSE or tensor.dtype not in STEPS or (op.index, op.kind) in before:
            continue
        found = judge_all(moved(looked, (0, tensor.index))).found.beyond
        assert (op.index, op.kind) in {(item.operator, item.kind) for item in found}, op.label
        tried += 1
    assert tried
