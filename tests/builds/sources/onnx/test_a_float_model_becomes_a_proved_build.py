"""A float ONNX model with its datasets, through admission and a build, in the jail."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from builds.jailed.environments import LITERT, ONNX
from builds.models import Int8Model
from builds.sources.admission.admit import admission_run
from builds.sources.onnx.write import write
from fleet.lib.jobs import JobState
from registry.files.onnx.model import CLASSICAL, OnnxModel, OnnxNode
from tests.builds import makers
from tests.builds.sources.onnx import models, reference
from tests.builds.sources.pushed import admitted, run

pytestmark = [pytest.mark.django_db, pytest.mark.toolchain]


@pytest.mark.only_where(
    LITERT.installed and ONNX.installed, "manage.py converters install onnx makes what it needs"
)
@pytest.mark.parametrize(
    ("model", "shape"), [(models.network(), (8, 8, 1)), (models.perceptron(), (8,))]
)
def test_it_is_converted_measured_and_proved(model: OnnxModel, shape: tuple[int, ...]) -> None:
    version = admitted(write(model), shape, "calibration", "evaluation")
    assert version.io_schema["inputs"][0]["shape"] == [1, *shape]
    build = run(makers.request(version, "cortex-m4f"))
    assert build.state == JobState.SUCCEEDED, build.failure
    assert build.report is not None
    assert build.report["proved"]
    int8 = Int8Model.objects.get()
    assert int8.converter.startswith("onnx2tf 2.6.9, ")
    assert build.report["recipe"]["converter"] == int8.converter
    assert int8.quantize_report["int8_metrics"]["agreement"] > 0.9
    assert abs((int8.float_accuracy or 0) - (int8.int8_accuracy or 0)) < 0.1
    assert set(version.evaluations.values_list("engine", flat=True)) == {"float", "int8"}


def test_a_quantised_model_is_proved_without_any_converter(settings: Any, tmp_path: Path) -> None:
    settings.EDGEFLEET_CONVERTERS_DIR = tmp_path
    samples = np.random.default_rng(1).random((12, 1, 8, 8), np.float32)
    content = write(reference.quantised(models.network(), samples))
    version = admitted(content, (8, 8, 1), "evaluation")
    build = run(makers.request(version, "cortex-m4f"))
    assert build.state == JobState.SUCCEEDED, build.failure
    assert build.report is not None
    assert build.report["proved"]
    report = Int8Model.objects.get().quantize_report
    assert (report["scheme"], report["converter"]) == ("as pushed", "EdgeFleet's reader of ONNX")


def test_what_cannot_be_read_is_rejected_with_its_sentence() -> None:
    tree = OnnxNode("TreeEnsembleClassifier", ("x",), ("y",), domain=CLASSICAL)
    version = makers.pending_version(write(models.model([tree], {}, shape=(0, 8))), "1.0")
    admission_run(probe_id=version.probe.pk)
    version.refresh_from_db()
    assert (version.state, version.reasons) == (
        "rejected",
        ["The operator TreeEnsembleClassifier (y) is not as ONNX describes it."],
    )


def test_where_the_converter_is_missing_the_build_says_how_to_install_it(
    settings: Any, tmp_path: Path
) -> None:
    settings.EDGEFLEET_CONVERTERS_DIR = tmp_path
    version = admitted(write(models.network()), (8, 8, 1), "calibration")
    build = run(makers.request(version, "cortex-m4f"))
    assert build.state == JobState.REFUSED
    assert "run `manage.py converters install litert`" in build.failure
    assert not Int8Model.objects.exists()
