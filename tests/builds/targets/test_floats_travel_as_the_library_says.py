"""Code passes floats where its ABI says: in float registers for a hard-float target, or in others.

A library whose attributes say one thing and whose code does another links, and computes nonsense.
"""

from pathlib import Path

import pytest

from builds.targets import Target, all_targets, load_target
from builds.targets.float_abi import FloatAbi, NoSoftFloats, with_float_abi
from builds.toolchain.clang import Clang
from builds.toolchain.elf import Elf
from builds.toolchain.gnu import GnuArm, gnu_available

pytestmark = pytest.mark.toolchain
PRODUCT = 'extern "C" float product(float a, float b) { return a * b; }\n'
CALL = "__aeabi_fmul"  # what multiplies where there is no float unit
HARD = [target for target in all_targets() if target.triple.endswith("eabihf")]
COMPILERS = [
    Clang(),
    pytest.param(
        GnuArm(),
        marks=pytest.mark.skipif(not gnu_available(), reason="arm-none-eabi-g++ is not installed"),
    ),
]


def undefined(target: Target, compiler: Clang | GnuArm, folder: Path) -> set[str]:
    (folder / "f.cc").write_text(PRODUCT)
    compiler.compile(folder / "f.cc", folder / "f.o", target, ("-O2",))
    return set(Elf((folder / "f.o").read_bytes()).undefined)


@pytest.mark.parametrize("compiler", COMPILERS, ids=lambda compiler: compiler.name)
@pytest.mark.parametrize("target", HARD, ids=lambda target: target.name)
def test_a_hard_float_target_multiplies_itself(
    target: Target, compiler: Clang | GnuArm, tmp_path: Path
) -> None:
    assert CALL not in undefined(target, compiler, tmp_path)


@pytest.mark.parametrize("compiler", COMPILERS, ids=lambda compiler: compiler.name)
@pytest.mark.parametrize("name", ["cortex-m4f", "cortex-m7f", "cortex-m33f"])
def test_a_soft_library_calls_for_it(name: str, compiler: Clang | GnuArm, tmp_path: Path) -> None:
    soft = with_float_abi(load_target(name), FloatAbi.SOFT)
    assert CALL in undefined(soft, compiler, tmp_path)
    assert soft.features == load_target(name).features  # the model's own loops stay


def test_targets_without_a_float_unit_stay_as_they_are() -> None:
    for name in ("cortex-m0plus", "rv32imc", "linux-x86_64"):
        target = load_target(name)
        assert with_float_abi(target, FloatAbi.SOFT) == target
    for target in HARD:
        assert with_float_abi(target, FloatAbi.TARGET) == target


def test_a_target_whose_loops_need_the_registers_is_refused() -> None:
    with pytest.raises(NoSoftFloats, match="take cortex-m33f"):
        with_float_abi(load_target("cortex-m55"), FloatAbi.SOFT)
