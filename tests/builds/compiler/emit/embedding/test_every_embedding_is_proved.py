"""Whatever a firmware asks for, the code computes what TensorFlow Lite Micro computes."""

from pathlib import Path

import pytest

from builds.compiler import Embedding, Recipe, Unsupported, Weights, compile_model
from builds.targets import load_target
from builds.toolchain.gnu import gnu_available
from builds.verify import prove
from tests.builds.compiler.models_of_every_kind import small_models

pytestmark = pytest.mark.toolchain
ALL = Embedding(instance=True, hook=True, placed_weights=True, kept_inputs=True)


@pytest.mark.skipif(not gnu_available(), reason="arm-none-eabi-g++ is not installed")
def test_its_bytes_are_those_of_the_reference(tmp_path: Path) -> None:
    """The rest of what may be asked for is proved with the firmware of three models."""
    target = load_target("cortex-m4f")
    model = small_models()["moving"]  # it has structs that GNU Arm fills by calls of memset
    made = compile_model(model, target, weights=Weights.APART, embedding=ALL, name="moving")
    proof = prove(
        model,
        made,
        target,
        vectors=2,
        workdir=tmp_path,
        compiler="gnu",
        steps=made.step_names,
    )
    assert proof.first_difference is None
    assert proof.equal
    assert proof.engines["host"]
    assert len(proof.steps) == len(made.operators)  # steps that take an arena are profiled, too


def test_kept_inputs_are_never_written_over() -> None:
    target = load_target("cortex-m4f")
    model = small_models()["mixed"]
    for kept in (False, True):
        made = compile_model(model, target, embedding=Embedding(kept_inputs=kept))
        places = {t.name: t for t in made.plan.tensors}
        inputs = [places[tensor.name] for tensor in made.graph.inputs]
        assert all((place.last == len(made.operators)) is kept for place in inputs)
        said = "ef_invoke leaves in it what you filled in" in made.files["model.h"]
        assert said is kept


@pytest.mark.parametrize(
    ("recipe", "weights", "embedding", "why"),
    [
        (Recipe.SPEED, Weights.TOGETHER, Embedding(shared_kernels=True), "none to share"),
        (Recipe.BALANCED, Weights.TOGETHER, Embedding(placed_weights=True), "--weights apart"),
        (
            Recipe.BALANCED,
            Weights.APART,
            Embedding(placed_weights=True, shared_kernels=True),
            "not both",
        ),
    ],
)
def test_wishes_that_do_not_go_together_are_refused(
    recipe: Recipe, weights: Weights, embedding: Embedding, why: str
) -> None:
    with pytest.raises(Unsupported, match=why):
        compile_model(
            small_models()["mixed"],
            load_target("cortex-m4f"),
            recipe=recipe,
            weights=weights,
            embedding=embedding,
        )
