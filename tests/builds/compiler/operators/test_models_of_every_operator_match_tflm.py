"""The small models of each operator, equal to TFLM on the host; LiteRT's where TFLM has none."""

import pytest

from builds.compiler import read_graph
from builds.compiler.operators.table import HOMES, OPDEFS
from tests.builds.compiler.operators.factories import models_of
from tests.builds.compiler.oracle import proved

pytestmark = [pytest.mark.toolchain]


def is_in_tflm(model: bytes) -> bool:
    """Tell whether TFLM has every operator of a model."""
    notes = [OPDEFS[op.kind].note for op in read_graph(model).ops]
    return not any("TFLM has none" in note for note in notes)


@pytest.mark.parametrize("home", sorted(set(HOMES.values())))
def test_every_engine_agrees(home: str) -> None:
    for name, model in models_of(home).items():
        proof = proved(model, vectors=3)
        assert proof.equal, (name, proof.first_difference)
        assert bool(proof.engines["tflm"]) == is_in_tflm(model), (name, proof.reasons)
