"""Targets that no other test of the compiler runs: 16-bit layers, softmax, folded shapes."""

import pytest

from tests.builds.compiler.models_of_every_kind import small_models
from tests.builds.compiler.oracle import assert_equal

TARGETS = (
    "cortex-m3",
    "cortex-m33f",
    "cortex-m55",
    "cortex-m7f",
    "linux-aarch64",
    "linux-x86_64",
    "wasm32",
)


@pytest.mark.toolchain
@pytest.mark.emulator
@pytest.mark.parametrize("target", TARGETS)
def test_wide_layers(target: str) -> None:
    assert_equal(small_models()["wide"], target, vectors=3)


@pytest.mark.toolchain
@pytest.mark.emulator
@pytest.mark.parametrize("target", ["cortex-m55", "wasm32"])
@pytest.mark.parametrize("model", ["variable", "lstm"])
def test_state(target: str, model: str) -> None:
    assert_equal(small_models()[model], target, vectors=3)
