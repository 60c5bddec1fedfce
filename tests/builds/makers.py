"""Plain functions that make what build tests start from."""

import io
from typing import Any

from builds.models import Build, Int8Model
from builds.pipeline.inputs import version_inputs
from builds.pipeline.run import build_run
from builds.recipes.quantize.profile import schema_document
from builds.services import build_request
from registry import blobs, services
from registry.models import Model, ModelVersion
from registry.services.versions import Claims
from tests import personas
from tests.registry import factories
from tests.simulators.toolchain import SimulatedTools, made_here

FAKE_TFLITE = factories.tflite_bytes(2)
IO_SCHEMA = {
    "inputs": [{"name": "in", "shape": [1, 2], "dtype": "int8"}],
    "outputs": [{"name": "out", "shape": [1, 3], "dtype": "int8"}],
}


def model(name: str = "digits") -> Model:
    """A model of that name."""
    found = Model.objects.filter(name=name).first()
    return found or services.model_create(name=name, by=personas.SYSTEM)


def pending_version(
    content: bytes = FAKE_TFLITE, label: str = "1.0", **datasets: Any
) -> ModelVersion:
    """A version as it was pushed."""
    return services.version_add(
        model=model(),
        content=io.BytesIO(content),
        claims=Claims(label=label, class_names=["a", "b", "c"]),
        datasets=datasets,
        by=personas.SYSTEM,
    )


def version(content: bytes = FAKE_TFLITE, label: str = "1.0") -> ModelVersion:
    """An admitted version whose int8 model is known, so that no quantiser runs."""
    made = pending_version(content, label)
    made = services.version_admit(
        version=made, io_schema=IO_SCHEMA, ops={"FULLY_CONNECTED": 3}, by=personas.SYSTEM
    )
    int8_model(made)
    return made


def int8_model(of: ModelVersion) -> Int8Model:
    """The int8 model of a version."""
    document = schema_document(
        model=of.model.name, version=of.label, classes=("a", "b", "c"), described={}
    )
    made: Int8Model = Int8Model.objects.create(
        version=of,
        recipe_digest=version_inputs(of).int8_digest,
        blob=blobs.put_bytes(FAKE_TFLITE),
        float_accuracy=0.98,
        int8_accuracy=0.97,
        telemetry_schema=document,
        reference_counts=[0] * 90,
    )
    return made


def request(of: ModelVersion, target: str = "cortex-m4f", **options: Any) -> Build:
    """A queued build."""
    return build_request(version=of, targets=[target], by=personas.SYSTEM, **options)[0].build


def run(build: Build, tools: SimulatedTools | None = None, worker: str = "here:1") -> Build:
    """The build after a worker took it."""
    build_run(build_id=build.pk, maker=made_here(tools or SimulatedTools()), worker=worker)
    build.refresh_from_db()
    return build


def built(target: str = "cortex-m4f", **options: Any) -> Build:
    """A build that succeeded."""
    return run(request(version(**options), target))
