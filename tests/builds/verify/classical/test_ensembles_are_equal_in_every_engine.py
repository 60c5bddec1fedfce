"""Random trees and forests: the reference, the generated code here and on emulated processors.

Many ensembles stand side by side in one model, so that one build and one proof serve for all.
"""

import tempfile
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from builds.compiler import compile_model
from builds.targets import load_target
from builds.verify import Proof, prove
from tests.builds.compiler.operators.reductions.classical.trees import SCALED, SOFTMAX, Drawn, model

pytestmark = [pytest.mark.toolchain, pytest.mark.emulator]
DRAWN = st.builds(
    Drawn,
    seed=st.integers(0, 1 << 30),
    dtype=st.sampled_from(["int8", "int16", "float32"]),
    link=st.sampled_from([SCALED, SOFTMAX, (0, (1 << 31) - 1, 0), (1, 0, 0), (1, 20, 0)]),
    nodes=st.sampled_from([1, 2, 5, 9, 30, 130, 700]),
    trees=st.integers(1, 12),
    features=st.sampled_from([1, 3, 17, 300]),
    outputs=st.integers(2, 12),
    whole=st.booleans(),
)


def proof_of(content: bytes, target: str, *engines: str) -> Proof:
    described = load_target(target)
    compiled = compile_model(content, described)
    with tempfile.TemporaryDirectory() as folder:
        return prove(
            content, compiled, described, vectors=20, workdir=Path(folder), engines=engines
        )


@settings(max_examples=2, suppress_health_check=list(HealthCheck))
@given(st.lists(DRAWN, min_size=24, max_size=24))
def test_whatever_is_drawn(drawn: list[Drawn]) -> None:
    proof = proof_of(model(*drawn), "linux-x86_64", "host")
    assert proof.equal, proof.first_difference
    assert proof.engines["reference"]
    assert proof.engines["host"]


@pytest.mark.parametrize("target", ["cortex-m0plus", "cortex-m4f", "rv32imc"])
def test_machine_code_of_other_processors(target: str) -> None:
    one = Drawn(nodes=60, trees=4, features=9)
    each = [
        replace(one, seed=7, dtype="int16", nodes=4),
        replace(one, seed=8, dtype="float32"),
        replace(one, seed=9, link=SOFTMAX, whole=False),
    ]
    proof = proof_of(model(*each), target, "emulator")
    assert proof.equal, proof.first_difference
    assert proof.engines["emulator"]
