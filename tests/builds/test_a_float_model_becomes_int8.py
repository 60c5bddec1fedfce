"""A `.keras` file with its datasets, through admission and a build: TensorFlow in its jail."""

import io
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from builds import selectors
from builds.models import Build, Int8Model
from builds.pipeline.run import build_run
from builds.sources.admission.admit import admission_run
from device_agent.protocol.schema import parse_schema
from fleet.lib.errors import Unprocessable
from fleet.lib.jobs import JobState
from registry.models import Dataset, ModelVersion
from registry.services import dataset_add
from tests import personas
from tests.builds import makers
from tests.waiting import PATIENCE_SECONDS

pytestmark = [pytest.mark.django_db, pytest.mark.tensorflow, pytest.mark.toolchain]
MAKE_MODEL = """
import sys, keras
keras.utils.set_random_seed(1)
model = keras.Sequential([
    keras.layers.Input((8, 8, 1)),
    keras.layers.Conv2D(4, 3, activation="relu"),
    keras.layers.Flatten(),
    keras.layers.Dense(3, activation="softmax"),
])
model.save(sys.argv[1])
"""


@pytest.fixture(scope="module")
def keras_file(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path: Path = tmp_path_factory.mktemp("keras") / "model.keras"
    argv = [sys.executable, "-c", MAKE_MODEL, str(path)]
    subprocess.run(argv, check=True, timeout=PATIENCE_SECONDS, capture_output=True)
    return path.read_bytes()


def dataset(kind: str, shape: tuple[int, ...] = (200, 8, 8, 1)) -> Dataset:
    random = np.random.default_rng(len(kind))
    file = io.BytesIO()
    x = random.random(shape, np.float32)
    np.savez(file, x=x, y=random.integers(0, 3, shape[0]))
    file.seek(0)
    return dataset_add(name=f"{kind} {shape[0]}", kind=kind, content=file, by=personas.SYSTEM)


def admitted(content: bytes, *kinds: str) -> ModelVersion:
    version = makers.pending_version(content, "1.0", **{kind: dataset(kind) for kind in kinds})
    admission_run(probe_id=version.probe.pk)
    version.refresh_from_db()
    assert version.state == "admitted", version.reasons
    return version


def run(build: Build) -> Build:
    build_run(build_id=build.pk)
    build.refresh_from_db()
    return build


def test_it_is_quantised_measured_and_built_once_for_all_targets(keras_file: bytes) -> None:
    version = admitted(keras_file, "calibration", "evaluation", "reference")
    first = run(makers.request(version, "cortex-m4f"))
    assert first.state == JobState.SUCCEEDED, first.failure
    second = run(makers.request(version, "rv32imc"))
    assert second.state == JobState.SUCCEEDED, second.failure
    int8 = Int8Model.objects.get()
    assert first.int8_model == second.int8_model == int8
    assert 0 <= (int8.int8_accuracy or -1) <= 1
    assert abs((int8.float_accuracy or 0) - (int8.int8_accuracy or 0)) < 0.1
    engines = set(version.evaluations.values_list("engine", flat=True))
    assert engines == {"float", "int8"}
    schema = parse_schema(selectors.telemetry_schema(version))
    assert schema.classes == ("a", "b", "c")
    counts = int8.reference_counts
    assert len(counts) == schema.layout.total
    assert sum(counts[schema.layout.confidences]) == 200
    assert all(sum(counts[schema.layout.feature(i)]) == 200 for i in range(5))
    assert sum(int8.confidence_calibration["total"]) == 200
    assert first.report is not None
    assert second.report is not None
    assert first.report["schema_id"] == second.report["schema_id"] == schema.schema_id.hex()


def test_without_calibration_the_build_is_refused_with_a_sentence(keras_file: bytes) -> None:
    build = run(makers.request(admitted(keras_file), "cortex-m4f"))
    assert build.state == JobState.REFUSED
    assert build.failure == "A float model needs a calibration dataset to become int8."
    assert not Int8Model.objects.exists()


def test_a_dataset_of_another_shape_is_refused_at_the_push(keras_file: bytes) -> None:
    with pytest.raises(Unprocessable):
        makers.pending_version(keras_file, calibration=dataset("calibration", (20, 5, 5, 1)))
    assert not ModelVersion.objects.exists()
