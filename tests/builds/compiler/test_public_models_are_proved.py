"""The five public models: equal in three engines, inside the limits that the project promises."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from builds.compiler import compile_model
from builds.targets.catalog import load_target
from builds.toolchain import build_library
from builds.verify import prove
from tests.builds.compiler.oracle import MODELS, assert_equal


@dataclass(frozen=True)
class Limits:
    """Of one model: flash and arena on cortex-m4f, instructions on cortex-m4f and cortex-m0plus."""

    flash_bytes: int
    arena_bytes: int
    m4f: int
    m0plus: int


LIMITS = {
    "kws_ref_model": Limits(40_000, 9_000, 5_400_000, 20_000_000),
    "pretrainedResnet_quant": Limits(95_000, 36_500, 21_000_000, 78_000_000),
    "vww_96_int8": Limits(250_000, 38_500, 16_500_000, 60_000_000),
    "ad01_int8": Limits(276_000, 1_000, 440_000, 1_500_000),
    "hello_world_int8": Limits(3_000, 64, 2_000, 10_000),
}


def public_model(name: str) -> bytes:
    """Read a public model, or skip."""
    path = MODELS / f"{name}.tflite"
    if not path.exists():
        pytest.skip(f"the public model {name} is not beside the project")
    return path.read_bytes()


@pytest.mark.parametrize("target_name", ["cortex-m4f", "cortex-m0plus", "rv32imc"])
@pytest.mark.parametrize("name", sorted(LIMITS))
def test_a_public_model_is_equal_everywhere_and_inside_its_limits(
    name: str, target_name: str, tmp_path: Path
) -> None:
    model, target, limits = public_model(name), load_target(target_name), LIMITS[name]
    compiled = compile_model(model, target)
    proof = prove(model, compiled, target, vectors=4, workdir=tmp_path)
    assert proof.equal, proof.first_difference
    assert proof.engines["tflm"], proof.reasons
    assert compiled.arena_bytes <= limits.arena_bytes
    instructions = proof.instructions
    if instructions is None:
        pytest.skip("no emulator counts instructions here")
    if target_name == "cortex-m4f":
        library = build_library(compiled.files, target, tmp_path, cflags=compiled.cflags)
        assert library.code_bytes + library.weights_bytes <= limits.flash_bytes
        assert instructions <= limits.m4f
    if target_name == "cortex-m0plus":
        assert instructions <= limits.m0plus


@pytest.mark.parametrize("name", sorted(LIMITS))
def test_the_plan_of_a_public_model_meets_its_bound(name: str) -> None:
    compiled = compile_model(public_model(name), load_target("cortex-m4f"))
    assert compiled.plan.optimal
    assert compiled.plan.lower_bound_bytes <= compiled.plan.peak_bytes


@pytest.mark.parametrize("recipe", ["size", "speed"])
def test_every_recipe_computes_the_same(recipe: str) -> None:
    assert_equal(public_model("kws_ref_model"), "cortex-m4f", vectors=2, recipe=recipe)
