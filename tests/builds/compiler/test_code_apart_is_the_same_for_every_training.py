"""With weights apart, nothing in the code follows from what a network has learned."""

import numpy as np
import pytest

from builds.compiler import CompileError
from builds.targets.catalog import target_names
from tests.builds.compiler.models_of_every_kind import small_models
from tests.builds.compiler.networks import Conv, Net
from tests.builds.compiler.operators.filters.conv_2d import add_conv
from tests.builds.compiler.operators.filters.fully_connected import add_dense
from tests.builds.compiler.trainings import compiled_apart, network

CODE = ("model.cc", "model.h", "model_weights.h")
TARGETS = target_names()
KINDS = sorted(small_models().keys() - {"variable"})  # that one has no dice


@pytest.fixture
def other_dice(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same networks with other weights, scales and zero points."""

    def roll(net: Net) -> None:
        net.dice = np.random.default_rng(net.seed + 1000)

    monkeypatch.setattr(Net, "__post_init__", roll)


@pytest.mark.parametrize("target", TARGETS)
def test_two_trainings_have_one_code(target: str) -> None:
    first, second = (compiled_apart(network(n, prefix=f"run_{n}/"), target) for n in (1, 2))
    assert first.abi == second.abi
    assert [first.files[name] for name in CODE] == [second.files[name] for name in CODE]
    assert first.weights != second.weights
    assert len(first.weights) == len(second.weights)
    assert first.exceptions == ()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("target", ["cortex-m4f", "cortex-m0plus", "cortex-m55"])
def test_that_holds_for_every_kind_of_operator(
    target: str, kind: str, request: pytest.FixtureRequest
) -> None:
    first = compiled_apart(small_models()[kind], target)
    request.getfixturevalue("other_dice")
    second = compiled_apart(small_models()[kind], target)
    assert first.weights != second.weights
    assert (first.abi, first.exceptions) == (second.abi, second.exceptions)
    assert [first.files[name] for name in CODE] == [second.files[name] for name in CODE]


def test_no_name_of_the_model_is_in_the_code() -> None:
    assert "secret" not in "".join(
        compiled_apart(network(1, prefix="secret/"), "cortex-m4f").files.values()
    )


def shaped(filters: int, activation: int = 0) -> bytes:
    net = Net(3)
    add_conv(net, Conv(5, 5, 3, filters, (3, 3), activation=activation))
    return net.build()


def test_another_shape_or_option_is_another_abi() -> None:
    models = [shaped(4), shaped(8), shaped(4, activation=1)]
    assert len({compiled_apart(model, "cortex-m4f").abi for model in models}) == 3


def test_loops_that_lay_weights_out_otherwise_are_another_abi() -> None:
    targets = ("cortex-m4f", "cortex-m0plus", "cortex-m55", "rv32imc", "linux-x86_64")
    assert len({compiled_apart(shaped(4), target).abi for target in targets}) == len(targets)


def heavy(bias: int) -> bytes:
    """A dense layer with such biases, whose outputs the input still decides."""
    net = Net(5)
    source, target = net.source((1, 8), scale=1.0), net.result((1, 4), scale=90_000.0, zero=0)
    values = net.dice.integers(-127, 128, (4, 8)).astype(np.int8)
    weights = net.spec.constant(values, scales=(1.0,) * 4, zeros=(0,) * 4)
    biases = net.spec.constant(np.full(4, bias, np.int32), scales=(1.0,) * 4, zeros=(0,) * 4)
    net.spec.op("FULLY_CONNECTED", (source, weights, biases), (target,), activation=0)
    return net.build()


def test_weights_that_break_a_proof_are_told_and_have_another_abi() -> None:
    usual, large = (compiled_apart(heavy(bias), "cortex-m4f") for bias in (7_000_000, 9_000_000))
    assert usual.exceptions == ()
    assert "FULLY_CONNECTED (operator 0) takes the portable loop" in large.exceptions[0]
    assert usual.abi != large.abi


def test_sums_that_could_overflow_are_refused_as_ever() -> None:
    with pytest.raises(CompileError, match="can overflow"):
        compiled_apart(heavy((1 << 31) - 1), "cortex-m4f")


def test_one_scale_for_all_filters_or_one_each_is_one_layout() -> None:
    """A dense layer's filters may be settled by their weights; room for that is always there."""

    def dense(seed: int, bias: int) -> bytes:
        net = Net(seed)
        add_dense(net, 1, 12, 5)
        biases = next(spec for spec in net.spec.tensors if spec.dtype == "int32")
        biases.data = np.full(5, bias, np.int32)
        return net.build()

    settled, usual = (compiled_apart(dense(3, b), "cortex-m4f") for b in (1 << 24, 5))
    assert settled.exceptions == usual.exceptions == ()
    assert settled.files["model.cc"] == usual.files["model.cc"]
