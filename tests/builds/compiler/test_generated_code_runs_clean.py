"""Generated code under the address and undefined-behaviour sanitizers, for mutants too.

`EDGEFLEET_SANITIZED` sets how many mutants are run; a longer run sets it high.
"""

import os
import shutil
from pathlib import Path

import pytest

from builds.compiler import CompileError, compile_model
from builds.targets.catalog import load_target
from tests.builds.compiler.models_of_every_kind import mixed_model, small_models
from tests.builds.compiler.mutants import mutants
from tests.builds.compiler.sanitizers import COMPILER, assert_runs_clean

COUNT = int(os.environ.get("EDGEFLEET_SANITIZED", "6"))
TARGETS = ("cortex-m4f", "cortex-m0plus", "rv32imc")

pytestmark = pytest.mark.skipif(
    shutil.which(COMPILER) is None, reason="g++ with its sanitizers is not installed"
)


@pytest.mark.parametrize("name", sorted(small_models()))
def test_models_run_clean(name: str, tmp_path: Path) -> None:
    target = TARGETS[len(name) % len(TARGETS)]
    assert_runs_clean(compile_model(small_models()[name], load_target(target)), tmp_path)


@pytest.mark.parametrize("target", TARGETS)
def test_a_mixed_model_runs_clean(target: str, tmp_path: Path) -> None:
    assert_runs_clean(compile_model(mixed_model(), load_target(target)), tmp_path)


def test_mutants_that_compile_run_clean(tmp_path: Path) -> None:
    left, models = COUNT, list(small_models().values())
    for number, mutant in enumerate(m for n in range(COUNT) for m in damaged(models, n)):
        try:
            compiled = compile_model(mutant, load_target(TARGETS[number % len(TARGETS)]))
        except CompileError:
            continue
        assert_runs_clean(compiled, tmp_path)
        left -= 1
        if not left:
            break
    assert left < COUNT


def damaged(models: list[bytes], number: int) -> list[bytes]:
    """Give mutants of one model, a different one each time."""
    return list(mutants(models[number % len(models)], 20, seed=number))
