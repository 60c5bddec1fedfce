"""A float tail is part of a library for the interpreter, and of no compiled one."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from builds.export.gather import gather
from builds.export.tflm import gather_tflm
from builds.pipeline.look.predict import predict, signature_of
from tests.builds.compiler.test_float_tails_are_left_to_the_caller import tailed
from tests.builds.export.exports import wish

pytestmark = [pytest.mark.usefixtures("as_a_customer"), pytest.mark.toolchain]
MODEL = tailed(["LOG_SOFTMAX"]).build()


def test_the_interpreter_gives_real_numbers(tmp_path: Path) -> None:
    made = gather_tflm(replace(wish(), model=MODEL), tmp_path)
    assert [slot.dtype for slot in made.interface.outputs] == ["float32"]
    for _, output in made.golden:
        assert np.exp(np.frombuffer(output, np.float32).reshape(2, 6)).sum(axis=1) == (
            pytest.approx(1.0, abs=1e-5)
        )


def test_a_compiled_library_gives_integers_and_says_why(tmp_path: Path) -> None:
    made = gather(replace(wish(), model=MODEL), tmp_path)
    assert [slot.dtype for slot in made.interface.outputs] == ["int8"]
    assert "Left to the caller, in float32: DEQUANTIZE, LOG_SOFTMAX" in made.files["model.h"]


def test_an_evaluation_measures_what_the_build_gives(tmp_path: Path) -> None:
    signature = signature_of(MODEL)
    given = bytes(range(10))
    answers = predict(MODEL, signature, [given], workdir=tmp_path)
    assert (answers.outputs.dtype, answers.outputs.shape) == (np.dtype(np.int8), (1, 12))
    assert answers.engine.startswith("tflite-micro")
