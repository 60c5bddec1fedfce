"""Compiles a model and compares it with TFLM on the host.

And with the target's machine code where asked.
"""

import tempfile
from pathlib import Path

from builds.compiler import Recipe, compile_model
from builds.targets.catalog import load_target
from builds.verify import Proof, prove

MODELS = Path(__file__).resolve().parents[4] / "shared" / "models"


def proved(
    model: bytes, target: str = "linux-x86_64", *, vectors: int = 5, recipe: str = "balanced"
) -> Proof:
    """Prove a model for a target."""
    described = load_target(target)
    compiled = compile_model(model, described, recipe=Recipe(recipe))
    with tempfile.TemporaryDirectory(prefix="edgefleet-test-") as folder:
        return prove(model, compiled, described, vectors=vectors, workdir=Path(folder))


def assert_equal(
    model: bytes, target: str = "linux-x86_64", *, vectors: int = 5, recipe: str = "balanced"
) -> None:
    """Fail with the first difference when two engines disagree."""
    proof = proved(model, target, vectors=vectors, recipe=recipe)
    assert proof.engines["tflm"], proof.reasons
    assert proof.engines["host"], proof.reasons
    assert proof.equal, proof.first_difference
