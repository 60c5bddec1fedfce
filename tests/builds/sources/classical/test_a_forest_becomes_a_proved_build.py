"""A description, an ONNX forest: pushed, admitted, made integers, built and proved, in the jail."""

import io
import pickle

import pytest

from builds.models import Int8Model
from builds.sources.admission.admit import admission_run
from fleet.lib.errors import Refused
from fleet.lib.jobs import JobState
from tests.builds import makers
from tests.builds.sources.classical.descriptions import forest, written
from tests.builds.sources.classical.test_trees_of_onnx_are_read import classes
from tests.builds.sources.pushed import admitted, run

pytestmark = [pytest.mark.django_db, pytest.mark.toolchain]


def test_a_description_with_datasets() -> None:
    version = admitted(written(forest()), (4,), "calibration", "evaluation", "reference")
    assert (version.format, version.ops) == ("json", {"EDGEFLEET_TREES": 1})
    assert version.io_schema["inputs"][0]["shape"] == [1, 4]
    build = run(makers.request(version, "cortex-m4f"))
    assert build.state == JobState.SUCCEEDED, build.failure
    assert build.report is not None
    assert build.report["proved"]
    assert set(build.report["proof"]["engines"]) == {"reference", "tflm", "host", "emulator"}
    int8 = Int8Model.objects.get()
    assert int8.quantize_report["scheme"] == "classical"
    assert int8.quantize_report["int8_metrics"]["agreement"] > 0.98
    assert int8.telemetry_schema["classes"] == ["a", "b", "c"]
    assert set(version.evaluations.values_list("engine", flat=True)) == {"float", "int8"}


def test_a_forest_of_onnx_needs_no_converter_and_no_samples() -> None:
    version = admitted(classes((0.75, 0.25, 0.5, 0.5), (0, 1, 0, 1)), (2,))
    build = run(makers.request(version, "cortex-m0plus"))
    assert build.state == JobState.SUCCEEDED, build.failure
    assert Int8Model.objects.get().quantize_report["features_travel_as"] == "float32"


def test_a_bad_description_is_rejected_with_its_sentence() -> None:
    version = makers.pending_version(written({"edgefleet": "soup/1"}), "1.0")
    admission_run(probe_id=version.probe.pk)
    version.refresh_from_db()
    assert version.state == "rejected"
    assert "is to be one of centres/1, trees/1" in version.reasons[0]


def test_a_pickle_touches_nothing() -> None:
    with pytest.raises(Refused, match="Pickles run code when they are read"):
        makers.pending_version(pickle.dumps({"estimators_": []}), "1.0")
    with pytest.raises(Refused, match="Compressed files are not read"):
        makers.pending_version(b"\x1f\x8b" + io.BytesIO(bytes(64)).read(), "1.0")
