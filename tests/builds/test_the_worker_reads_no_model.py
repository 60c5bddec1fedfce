"""A build in which the worker's own process opens nothing that a stranger wrote, nor anything made
from it, and gives the bytes that the same stages give in one process.
"""

import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from builds.choices import Arithmetic, Optimise, Stage, Weights
from builds.jailed.errors import ChildRefused
from builds.models import Build, BuildStep, Int8Model
from builds.pipeline.jailed import made_in_jail
from builds.pipeline.run import build_run
from builds.pipeline.stages.order import BuildOrder
from builds.recipes.quantize.profile import schema_document
from builds.targets import load_target
from fleet.lib.jobs import JobState
from registry.models import Dataset, ModelVersion
from registry.services import dataset_add, version_admit
from tests import personas
from tests.builds import makers
from tests.builds.jailed.hostile import takes_over
from tests.simulators.toolchain import made_here

MODELS = Path(__file__).parents[3] / "shared" / "models"
HELLO = MODELS / "hello_world_int8.tflite"
pytestmark = [
    pytest.mark.toolchain,
    pytest.mark.skipif(not HELLO.exists(), reason="the shared models are not beside the project"),
]
IO_SCHEMA = {
    side: [{"name": side, "shape": [1, 1], "dtype": "int8"}] for side in ("inputs", "outputs")
}
READERS = (
    "builds.compiler.pipeline.read_tflite",
    "builds.compiler.read.tflite.read_subgraphs",
    "builds.verify.every_value.check.read_subgraphs",
    "builds.compiler.read.flatbuffer.root",
    "builds.pipeline.look.predict.read_graph",
    "builds.toolchain.elf.Elf.__init__",
    "builds.toolchain.wasm.wasm_sizes",
    "builds.verify.child.run_engine",
    "builds.verify.proof.prove",
    "numpy.load",
)


def dataset(kind: str) -> Dataset:
    x, file = np.linspace(0, 6.28, 60, dtype=np.float32).reshape(-1, 1), io.BytesIO()
    np.savez(file, x=x, y=(x[:, 0] < 3).astype(np.int64))
    file.seek(0)
    return dataset_add(name=kind, kind=kind, content=file, by=personas.SYSTEM)


def admitted(**datasets: Dataset) -> ModelVersion:
    pending = makers.pending_version(HELLO.read_bytes(), "1.0", **datasets)
    return version_admit(version=pending, io_schema=IO_SCHEMA, ops={}, by=personas.SYSTEM)


def ran(build: Build) -> Build:
    build_run(build_id=build.pk)
    build.refresh_from_db()
    return build


@pytest.mark.django_db
@pytest.mark.parametrize("target", ["cortex-m4f", "linux-x86_64"])
def test_nothing_is_parsed_in_the_process_that_holds_keys(
    target: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    version = admitted(evaluation=dataset("evaluation"), reference=dataset("reference"))

    def never(*_: Any, **__: Any) -> None:
        raise AssertionError("the worker read what a stranger wrote")

    for reader in READERS:
        monkeypatch.setattr(reader, never)
    build = ran(makers.request(version, target))
    assert build.state == JobState.SUCCEEDED, build.failure
    assert build.report is not None
    assert build.report["proof"]["equal"]
    int8 = Int8Model.objects.get()
    assert int8.int8_accuracy is not None
    assert len(int8.telemetry_schema["features"]) == 5
    steps = list(BuildStep.objects.filter(build=build).values_list("stage", flat=True))
    assert steps == list(Stage)


def order(target: str, weights: str = "together", data: bytes | None = None) -> BuildOrder:
    return BuildOrder(
        model="digits",
        version="1.0",
        version_number=1,
        target=load_target(target),
        optimise=Optimise.BALANCED,
        int8=data or HELLO.read_bytes(),
        schema=schema_document(model="digits", version="1.0", classes=(), described={}),
        class_names=("a", "b"),
        vectors=2,
        weights=Weights(weights),
        arithmetic=Arithmetic.REFUSE,
    )


class Silent:
    """Nobody who wants to know where a build stands."""

    def enter(self, stage: Stage) -> None:
        """Hear of a stage."""

    def note(self, stage: Stage, seconds: float, text: str) -> None:
        """Hear of its end."""


@pytest.mark.parametrize(
    ("target", "weights"),
    [("cortex-m4f", "apart"), ("rv32imc", "together"), ("wasm32", "together")],
)
def test_the_jail_changes_no_byte(target: str, weights: str, tmp_path: Path) -> None:
    asked = order(target, weights)
    (tmp_path / "here").mkdir()
    inside = made_in_jail(asked, tmp_path, Silent())
    outside = made_here()(asked, tmp_path / "here", Silent())
    assert inside.outputs == outside.outputs
    assert inside.unsigned == outside.unsigned
    assert inside.abi == outside.abi
    assert inside.report == json.loads(json.dumps(outside.report))


def test_what_cannot_be_compiled_says_why(tmp_path: Path) -> None:
    with pytest.raises(ChildRefused, match=r"model"):
        made_in_jail(order("cortex-m4f", data=b"\x1c\0\0\0TFL3" + bytes(40)), tmp_path, Silent())
    assert list(tmp_path.iterdir()) == []


@pytest.mark.django_db
def test_a_child_that_is_killed_leaves_the_build_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    build = makers.request(makers.version(HELLO.read_bytes()))
    takes_over(monkeypatch, "import signal; os.kill(os.getpid(), signal.SIGKILL)")
    ran(build)
    assert (build.state, build.attempt) == (JobState.QUEUED, 1)
    assert "ended as signalled (-9)" in build.last_error
