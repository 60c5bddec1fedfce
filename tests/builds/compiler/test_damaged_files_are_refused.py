"""A damaged model is refused with our own error, or becomes code that the sanitizers find clean.

`EDGEFLEET_MUTANTS` sets how many mutants are tried; `python -m tests.builds.compiler.mutation`
tries more.
"""

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builds.compiler import BadModel, CompileError, compile_model, read_graph
from builds.targets.catalog import load_target
from tests.builds.compiler.models_of_every_kind import mixed_model, small_models
from tests.builds.compiler.mutation import Figures, attempt, run

COUNT = int(os.environ.get("EDGEFLEET_MUTANTS", "2000"))
TARGET = load_target("cortex-m4f")


def test_mutants_are_refused_or_run_clean() -> None:
    figures = run(COUNT, seed=7)
    assert figures.faults == []
    assert figures.outcomes["mutants"] == COUNT
    assert figures.outcomes["compiled"] > COUNT // 50
    assert figures.outcomes["different models run under the sanitizers"] > COUNT // 100
    assert figures.good


@pytest.mark.parametrize("name", sorted(small_models()))
def test_the_models_themselves_compile(name: str) -> None:
    assert compile_model(small_models()[name], TARGET).files["model.cc"]


def test_another_exception_counts_as_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(model: bytes, target: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("tests.builds.compiler.mutation.compile_model", broken)
    figures = Figures()
    assert attempt(b"", "cortex-m4f", figures) is None
    assert not figures.good


def test_a_refusal_that_is_no_sentence_counts_as_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    def mumbling(model: bytes, target: object) -> None:
        raise BadModel("no")

    monkeypatch.setattr("tests.builds.compiler.mutation.compile_model", mumbling)
    figures = Figures()
    attempt(b"", "cortex-m4f", figures)
    assert figures.faults == ["no sentence: no"]


@given(st.binary(max_size=200))
def test_noise_is_not_a_model(noise: bytes) -> None:
    with pytest.raises(BadModel):
        read_graph(noise)


@given(st.binary(max_size=300))
def test_noise_after_the_identifier_is_not_a_model(noise: bytes) -> None:
    with pytest.raises(CompileError):
        read_graph(b"\x10\x00\x00\x00TFL3" + noise)


def test_the_eight_byte_file_that_crashed_another_reader() -> None:
    with pytest.raises(BadModel, match="TFL3"):
        read_graph(bytes.fromhex("1800000054464c33"))


def test_every_truncation_of_a_model_is_refused() -> None:
    model = mixed_model()
    for size in range(0, len(model) - 8, 37):
        with pytest.raises(CompileError):
            read_graph(model[:size])


def test_a_file_beyond_the_limit_is_refused_before_it_is_read() -> None:
    with pytest.raises(BadModel, match="at most"):
        read_graph(bytes(8 * 1024 * 1024 + 1))
