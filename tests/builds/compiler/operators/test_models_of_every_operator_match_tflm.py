"""The small models of each operator, equal to TFLM on the host; LiteRT's where TFLM has none."""

from functools import cache

import pytest

from builds.compiler import read_graph
from builds.compiler.operators.table import HOMES, OPDEFS
from builds.verify import Proof
from tests.builds.compiler.operators.factories import models_of
from tests.builds.compiler.oracle import proved

pytestmark = [pytest.mark.toolchain]


@cache
def found(model: bytes) -> Proof:
    """Prove a model, once for all operators that share it."""
    return proved(model, vectors=3)


def is_in_tflm(model: bytes) -> bool:
    """Tell whether TFLM has every operator of a model, of the type of what it gives."""
    graph = read_graph(model)
    return not any(
        "TFLM has none:" in (note := OPDEFS[op.kind].note)
        or ("TFLM has none of int8" in note and graph.tensors[op.outputs[0]].dtype == "int8")
        for op in graph.ops
    )


@pytest.mark.parametrize("home", sorted(set(HOMES.values())))
def test_every_engine_agrees(home: str) -> None:
    for name, model in models_of(home).items():
        proof = found(model)
        assert proof.equal, (name, proof.first_difference)
        assert bool(proof.engines["tflm"]) == is_in_tflm(model), (name, proof.reasons)
