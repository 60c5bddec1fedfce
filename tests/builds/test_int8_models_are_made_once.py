"""From a pushed int8 `.tflite` with its datasets to the row that every target shares."""

import io
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from builds import selectors
from builds.models import Int8Model
from builds.pipeline import quantise as pipeline_quantise
from builds.pipeline.inputs import VersionInputs, version_inputs
from builds.pipeline.look_at import ModelLook, look_at
from builds.pipeline.quantise import int8_model_make
from device_agent.protocol.descriptors import DESCRIPTORS
from device_agent.protocol.schema import parse_schema
from fleet.lib.errors import Unprocessable
from registry.models import Dataset, ModelVersion
from registry.services import dataset_add
from tests import personas
from tests.builds import makers

HELLO = Path(__file__).parents[3] / "shared" / "models" / "hello_world_int8.tflite"
pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(not HELLO.exists(), reason="the shared models are not beside the project"),
]


def dataset(kind: str, x: np.ndarray[Any, Any], name: str = "sine") -> Dataset:
    file = io.BytesIO()
    np.savez(file, x=x, y=(x.reshape(len(x), -1)[:, 0] < 3).astype(np.int64))
    file.seek(0)
    return dataset_add(name=name, kind=kind, content=file, by=personas.SYSTEM)


def samples(count: int = 300) -> np.ndarray[Any, Any]:
    return np.linspace(0, 6.28, count, dtype=np.float32).reshape(count, 1)


def version(**datasets: Dataset) -> ModelVersion:
    return makers.pending_version(HELLO.read_bytes(), "1.0", **datasets)


def test_a_pushed_int8_model_is_taken_byte_for_byte(tmp_path: Path) -> None:
    pushed = version()
    made = int8_model_make(version_inputs(pushed), tmp_path)
    assert made.blob_id == pushed.blob_id
    assert made.quantize_report == {"scheme": "as pushed"}
    assert (made.float_accuracy, made.int8_accuracy) == (None, None)


def test_its_accuracy_is_measured_and_told_to_the_registry(tmp_path: Path) -> None:
    pushed = version(evaluation=dataset("evaluation", samples()))
    made = int8_model_make(version_inputs(pushed), tmp_path)
    assert made.float_accuracy is None
    assert made.int8_accuracy is not None
    (told,) = pushed.evaluations.all()
    assert (told.engine, told.metrics["accuracy"]) == ("int8", made.int8_accuracy)


def test_reference_samples_become_bins_and_counts(tmp_path: Path) -> None:
    pushed = version(reference=dataset("reference", samples()))
    made = int8_model_make(version_inputs(pushed), tmp_path)
    schema = parse_schema(made.telemetry_schema)
    assert [feature.name for feature in schema.features] == list(DESCRIPTORS)
    assert schema.classes == ()  # a sine is no class
    assert sum(made.reference_counts[schema.layout.feature(0)]) == 300
    assert made.confidence_calibration == {}
    assert selectors.telemetry_schema(pushed) == made.telemetry_schema


def test_many_samples_are_thinned_evenly(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pipeline_quantise, "REFERENCE_SAMPLES_MAX", 100)
    made = int8_model_make(
        version_inputs(version(reference=dataset("reference", samples(301)))), tmp_path
    )
    schema = parse_schema(made.telemetry_schema)
    assert sum(made.reference_counts[schema.layout.feature(0)]) == 76  # every fourth


def test_reference_samples_of_another_shape_are_one_sentence(tmp_path: Path) -> None:
    wrong = dataset("reference", np.zeros((5, 3), np.float32))
    with pytest.raises(Unprocessable, match="the model takes 1"):
        int8_model_make(version_inputs(version(reference=wrong)), tmp_path)
    assert not Int8Model.objects.exists()


def test_the_second_build_finds_the_row_of_the_first(tmp_path: Path) -> None:
    pushed = version()
    first = int8_model_make(version_inputs(pushed), tmp_path)
    assert int8_model_make(version_inputs(pushed), tmp_path) == first
    assert Int8Model.objects.count() == 1


def test_a_worker_elsewhere_that_was_faster_wins(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pushed = version()
    first = int8_model_make(version_inputs(pushed), tmp_path)
    monkeypatch.setattr(pipeline_quantise, "_find", lambda version, digest: None)
    assert int8_model_make(version_inputs(pushed), tmp_path) == first
    assert Int8Model.objects.count() == 1


def test_figures_of_an_earlier_recipe_stay_as_they_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pushed = version(evaluation=dataset("evaluation", samples()))
    int8_model_make(version_inputs(pushed), tmp_path)
    monkeypatch.setattr(VersionInputs, "int8_digest", "f" * 64)

    def described(*args: Any, **options: Any) -> ModelLook:
        return replace(look_at(*args, **options), metrics={"accuracy": 0.123, "samples": 300})

    monkeypatch.setattr(pipeline_quantise, "look_at", described)
    again = int8_model_make(version_inputs(pushed), tmp_path)
    assert again.int8_accuracy == 0.123
    assert pushed.evaluations.get().metrics["accuracy"] != 0.123
