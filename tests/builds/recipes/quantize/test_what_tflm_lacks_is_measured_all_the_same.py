"""An evaluation dataset does not make a model unquantisable where TFLM lacks an operator."""

from pathlib import Path

import pytest

from builds.pipeline.look.measure import measured
from builds.pipeline.look.predict import signature_of
from builds.recipes.quantize import run as quantize
from tests.builds.recipes.quantize.conftest import Files

pytestmark = [pytest.mark.tensorflow, pytest.mark.toolchain]


def test_the_engine_that_the_build_proves_measures_it(files: Files, tmp_path: Path) -> None:
    made = quantize.quantize(
        keras_bytes=files["lacking.keras"],
        calibration_npz=files["words.npz"],
        evaluation_npz=files["words.npz"],
        workdir=tmp_path,
    )
    assert made.questions is not None
    found = measured(made.tflite, signature_of(made.tflite), made.questions, workdir=tmp_path)
    assert found["samples"] == 40
    assert found["agreement"] > 0.8
    assert found["mean_abs_error"] < 0.05
    assert found["engine"].startswith("clang ")
