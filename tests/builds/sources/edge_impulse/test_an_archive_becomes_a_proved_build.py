"""A deployment archive of Edge Impulse, through admission and a build, in the jail."""

import numpy as np
import pytest

from builds.models import Int8Model
from builds.sources.admission.admit import admission_run
from builds.sources.onnx.quantised.read import as_tflite
from fleet.lib.jobs import JobState
from registry import blobs
from tests.builds import makers
from tests.builds.sources.onnx import models, reference
from tests.builds.sources.pushed import admitted, run
from tests.registry import impulses

pytestmark = [pytest.mark.django_db, pytest.mark.toolchain]


def network() -> bytes:
    """An int8 `.tflite` of images."""
    samples = np.random.default_rng(1).random((12, 1, 8, 8), np.float32)
    return as_tflite(reference.quantised(models.network(), samples))


def test_it_is_taken_byte_for_byte_and_proved() -> None:
    tflite = network()
    version = admitted(impulses.archive(tflite), (8, 8, 1), "evaluation")
    assert version.io_schema["inputs"][0]["shape"] == [1, 8, 8, 1]
    assert version.ops["CONV_2D"]
    build = run(makers.request(version, "cortex-m4f"))
    assert build.state == JobState.SUCCEEDED, build.failure
    assert build.report is not None
    assert build.report["proved"]
    int8 = Int8Model.objects.get()
    assert blobs.read(int8.blob_id) == tflite
    assert int8.converter == "EdgeFleet's reader of Edge Impulse archives"
    assert int8.quantize_report["scheme"] == "as pushed"


def test_an_archive_compiled_by_eon_is_rejected_with_its_sentence() -> None:
    changes = {
        "tflite-model/tflite_learn_3.h": None,
        "tflite-model/tflite_learn_3_compiled.cpp": "namespace {}",
    }
    version = makers.pending_version(impulses.archive(b"", **changes), "1.0")
    admission_run(probe_id=version.probe.pk)
    version.refresh_from_db()
    sentence = (
        "The network in the archive was compiled to C++ by EON, which is not read; deploy the "
        "impulse again without the EON compiler."
    )
    assert (version.state, version.reasons) == ("rejected", [sentence])
