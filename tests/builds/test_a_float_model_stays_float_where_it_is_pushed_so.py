"""A float32 `.tflite` that is pushed is built as it is: admitted, proved, packed."""

import json

import pytest

from builds.models import Build
from builds.pipeline.run import build_run
from builds.sources.admission.child import outline
from fleet.lib.jobs import JobState
from registry import blobs
from registry.services import version_admit
from tests import personas
from tests.builds import makers
from tests.builds.compiler.networks import Net
from tests.builds.compiler.real_networks import add, given, learned

pytestmark = [pytest.mark.django_db, pytest.mark.toolchain]


def classifier() -> bytes:
    """Give a dense layer and a softmax of real numbers."""
    net = Net(9)
    source = given(net, (1, 6))
    dense = add(net, "FULLY_CONNECTED", (source, learned(net, (3, 6))), (1, 3), activation=1)
    net.spec.outputs.clear()
    add(net, "SOFTMAX", (dense,), (1, 3), beta=1.0)
    return net.build()


@pytest.fixture
def build() -> Build:
    pushed = classifier()
    found = outline(pushed)
    pending = makers.pending_version(pushed)
    version = version_admit(
        version=pending, io_schema=found["io_schema"], ops=found["ops"], by=personas.SYSTEM
    )
    made = makers.request(version, "cortex-m0plus")
    build_run(build_id=made.pk)
    made.refresh_from_db()
    assert made.state == JobState.SUCCEEDED, made.failure
    return made


def test_it_is_proved_bit_by_bit_and_its_report_warns_of_the_cost(build: Build) -> None:
    report = json.loads(blobs.read(build.artifacts.get(filename="report.json").sha256))
    assert report["proof"]["equal"]
    assert report["proof"]["reals"]["functions"] == {"expf": {"units": 1.1}}
    assert report["reals"]["unit"] == "software"
    assert "Quantise the model to int8" in report["reals"]["warning"]
    assert report["ops"] == {"FULLY_CONNECTED": 1, "SOFTMAX": 1}
