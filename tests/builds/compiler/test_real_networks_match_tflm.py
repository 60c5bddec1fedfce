"""Networks of float32, and mixed ones: bit for bit what TFLM computes with the same functions."""

import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest

from builds.compiler import compile_model
from builds.compiler.report.reals import reals_of
from builds.targets.catalog import load_target
from builds.toolchain.gnu import gnu_available
from builds.verify import prove
from builds.verify.reals import reals_json
from tests.builds.compiler import real_networks
from tests.builds.compiler.networks import Net
from tests.builds.compiler.oracle import assert_equal, proved

pytestmark = [pytest.mark.toolchain, pytest.mark.emulator]


@pytest.mark.parametrize("network", [real_networks.layers, real_networks.functions])
def test_a_core_with_a_floating_point_unit_joins_no_product_with_a_sum(
    network: Callable[[], bytes],
) -> None:
    assert_equal(network(), "cortex-m4f", vectors=3)


def test_a_core_without_one_computes_the_same() -> None:
    assert_equal(real_networks.functions(), "cortex-m0plus", vectors=3)


@pytest.mark.skipif(not gnu_available(), reason="GNU Arm is not installed")
def test_gnu_arm_joins_none_either() -> None:
    target, model = load_target("cortex-m4f"), real_networks.layers()
    with tempfile.TemporaryDirectory() as folder:
        proof = prove(
            model,
            compile_model(model, target),
            target,
            vectors=3,
            workdir=Path(folder),
            compiler="gnu",
            engines=("tflm", "emulator"),
        )
    assert proof.equal, proof.first_difference


def test_a_network_of_integers_and_real_numbers_is_equal_and_says_how_that_was_found() -> None:
    proof = proved(real_networks.mixed(), vectors=3)
    assert proof.equal, proof.first_difference
    assert str(proof.engines["tflm"]).endswith("with the build's own functions")
    said = reals_json(proof.reals)
    assert said is not None
    assert said["functions"] == {"expf": {"units": 1.1}, "tanhf": {"units": 2}}
    away = said["c_library_difference"]
    assert isinstance(away, float)
    assert away < 1e-6
    assert proof.seen
    assert proof.seen.plausible
    assert not proof.seen.plausible.beyond


def test_a_report_warns_where_real_numbers_are_computed_in_software() -> None:
    model = real_networks.mixed()
    for name, unit in (("cortex-m4f", "hardware"), ("cortex-m0plus", "software")):
        target = load_target(name)
        said = reals_of(compile_model(model, target), target)["reals"]
        assert isinstance(said, dict)
        assert (said["operators"], said["macs"], said["unit"]) == (3, 24, unit)
        assert (said["warning"] is None) == (unit == "hardware")


def test_a_build_of_integers_says_nothing_of_real_numbers() -> None:
    target = load_target("cortex-m4f")
    net = Net(1)
    net.spec.op("RELU", (net.source((2, 3)),), (net.result((2, 3)),))
    assert reals_of(compile_model(net.build(), target), target) == {}
