"""A float model becomes an int8 one whose figures come from the interpreter that devices run."""

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from builds.pipeline.facts import VersionFacts
from builds.pipeline.look.measure import measured
from builds.pipeline.look.predict import signature_of
from builds.pipeline.look_at import LookDatasets, look_at
from builds.recipes.quantize import run as quantize
from tests.builds.recipes.quantize.conftest import Files

pytestmark = pytest.mark.tensorflow


def test_the_result_is_an_int8_model(quantised: quantize.Quantized) -> None:
    from tflite_micro.python.tflite_micro import runtime

    assert quantised.tflite[4:8] == b"TFL3"
    interpreter = runtime.Interpreter.from_bytes(quantised.tflite, arena_size=1 << 20)
    into, out = interpreter.get_input_details(0), interpreter.get_output_details(0)
    assert (into["dtype"], out["dtype"]) == (np.int8, np.int8)
    assert list(into["shape"]) == [1, 8, 8, 1]


def int8_metrics(tflite: bytes, questions: quantize.Questions, folder: Path) -> dict[str, Any]:
    return measured(tflite, signature_of(tflite), questions, workdir=folder)


def test_both_models_are_measured_on_the_same_samples(
    quantised: quantize.Quantized, tmp_path: Path
) -> None:
    assert quantised.float_metrics is not None
    assert quantised.questions is not None
    found = int8_metrics(quantised.tflite, quantised.questions, tmp_path)
    assert quantised.float_metrics["samples"] == found["samples"] == 300
    assert quantised.float_metrics["accuracy"] > 0.9
    assert abs(found["accuracy"] - quantised.float_metrics["accuracy"]) < 0.05
    assert found["agreement"] > 0.95
    assert 0 < found["mean_abs_error"] < 0.05
    assert found["engine"].startswith("tflite-micro ")
    assert quantised.float_engine == "tensorflow"


def test_the_schema_is_read_from_the_file(quantised: quantize.Quantized) -> None:
    inputs, outputs = quantised.io_schema["inputs"], quantised.io_schema["outputs"]
    assert [(t["shape"], t["dtype"]) for t in inputs] == [([1, 8, 8, 1], "float32")]
    assert [t["shape"] for t in outputs] == [[1, 2]]
    assert quantised.calibration_samples == 50


def test_the_same_inputs_give_the_same_bytes_and_progress_is_told(
    quantised: quantize.Quantized, files: Files, tmp_path: Path
) -> None:
    heard: list[int] = []
    again = quantize.quantize(
        keras_bytes=files["small.keras"],
        calibration_npz=files["calibration.npz"],
        workdir=tmp_path,
        progress=lambda percent, _: heard.append(percent),
    )
    assert again.tflite == quantised.tflite
    assert (again.float_metrics, again.questions) == (None, None)
    assert heard == sorted(heard)
    assert heard[-1] == 100
    assert list(tmp_path.iterdir()) == []


def test_an_int8_model_is_measured_alone(
    quantised: quantize.Quantized, files: Files, tmp_path: Path
) -> None:
    asked = LookDatasets(evaluation=files["evaluation.npz"])
    facts = VersionFacts("digits", "1.0", ())
    found = look_at(quantised.tflite, facts, asked, samples_max=100, folder=tmp_path).metrics
    assert quantised.questions is not None
    both = int8_metrics(quantised.tflite, quantised.questions, tmp_path)
    assert found == {name: both[name] for name in ("samples", "accuracy", "engine")}
    assert [path.name for path in tmp_path.glob("child-*")] == []


def test_tensorflow_stays_out_of_this_process(quantised: quantize.Quantized) -> None:
    assert quantised.peak_bytes > 100 << 20
    assert "tensorflow" not in sys.modules
    assert "keras" not in sys.modules
