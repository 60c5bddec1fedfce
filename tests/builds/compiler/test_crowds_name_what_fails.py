"""Many models in one program: a fault names its model, and leaves the others alone."""

from dataclasses import replace

import pytest

from builds.compiler import Compiled, compile_model
from builds.targets.catalog import load_target
from tests.builds.compiler.crowd import Crowd
from tests.builds.compiler.networks import Net, add_binary, add_unary

INVOKE = "int32_t ef_invoke(void) {\n"
FAULTS = {
    "a read past the arena": "  static volatile int32_t at = EF; ef_arena[0] = ef_arena[at];\n",
    "an overflow": "  static volatile int32_t high = INT32_MAX; high = high + 1;\n",
    "a wrong answer": "  if (EF > 0) return 7;\n",
}


def compiled(seed: int) -> Compiled:
    """Compile a small model."""
    net = Net(seed)
    add_binary(net, "ADD", (1, 3), (1, 3), (1, 3))
    add_unary(net, "RELU", (1, 4))
    return compile_model(net.build(), load_target("cortex-m0plus"))


def changed(model: Compiled, old: str, new: str) -> Compiled:
    """Give the model with another text."""
    text = model.files["model.cc"]
    assert old in text
    return replace(model, files={**model.files, "model.cc": text.replace(old, new)})


@pytest.mark.parametrize("what", FAULTS)
def test_a_fault_names_its_model(what: str) -> None:
    crowd, model = Crowd(), compiled(2)
    line = FAULTS[what].replace("EF", str(model.plan.peak_bytes))
    crowd.add("first", compiled(1))
    crowd.add("second", changed(model, INVOKE, INVOKE + line))
    crowd.add("third", compiled(3))
    faults = crowd.finish()
    assert [fault.split(":")[0] for fault in faults] == ["second"]


def test_code_that_does_not_compile_names_its_model() -> None:
    crowd = Crowd()
    for seed in range(3):
        crowd.add(f"well {seed}", compiled(seed))
    crowd.add("broken", changed(compiled(5), INVOKE, INVOKE + "  nonsense();\n"))
    (fault,) = crowd.finish()
    assert fault.startswith("broken: does not compile")


def test_models_with_equal_code_run_once() -> None:
    crowd, model = Crowd(), compiled(1)
    crowd.add("first", model)
    crowd.add("again", changed(model, "// RELU", "// another comment RELU"))
    assert crowd.finish() == []
    assert crowd.built == 1


def test_a_source_of_another_kind_is_an_error() -> None:
    with pytest.raises(ValueError, match="parts"):
        Crowd().add("other", changed(compiled(1), "Integer arithmetic", "Arithmetic"))
