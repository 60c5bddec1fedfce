"""The first stage: from a version to its int8 model, telemetry schema and reference profile.

Guarantees:
* one row per version and recipe, whoever makes it: targets built at the same time share it;
* on one machine the work is done once, the others wait; a killed worker's lock ends with its
  process;
* an int8 `.tflite` that was pushed is taken as it is, byte for byte.
"""

import fcntl
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.db import IntegrityError, transaction

from builds.choices import Arithmetic, Optimise, Weights
from builds.jailed.errors import ChildCrashed
from builds.models import Build, Int8Model, QuantizeCrash
from builds.pipeline.facts import Profile, VersionFacts
from builds.pipeline.inputs import VersionInputs
from builds.pipeline.look_at import LookDatasets, ModelLook, look_at
from builds.pipeline.stages.order import BuildOrder
from builds.pipeline.stages.work import BuildRun
from builds.recipes.quantize.run import Quantized, quantize
from builds.sources.classical import run as classical
from builds.sources.classical.centres import TREES
from builds.sources.classical.files import ClassicalFile
from builds.sources.edge_impulse import run as edge_impulse
from builds.sources.onnx import run as onnx
from builds.sources.pytorch import run as pytorch
from builds.targets import load_target
from fleet.lib.actor import system
from fleet.lib.errors import Conflict, Unprocessable
from registry import blobs
from registry.choices import Engine, Format
from registry.models import Dataset, ModelVersion
from registry.services import evaluation_record

REFERENCE_SAMPLES_MAX: Final = 4096  # beyond this, quantiles and counts hardly move
BY: Final = system("quantiser")
OWN_READERS: Final[Mapping[Format, tuple[Callable[[bytes, Path], bytes], str]]] = {
    Format.EDGE_IMPULSE: (edge_impulse.network_of, edge_impulse.OWN),
    Format.ONNX: (onnx.read_quantised, onnx.OWN),
}


@dataclass(frozen=True)
class MeasuredModel:
    """An int8 model and what was measured while it was made."""

    tflite: bytes
    float_accuracy: float | None
    int8_accuracy: float | None
    report: Mapping[str, Any]
    profile: Profile


def order_quantised(run: BuildRun) -> BuildRun:
    """Find or make the version's int8 model, and write the order for the child."""
    int8 = int8_model_make(run.inputs, run.folder)
    return replace(run, quantised=int8, ordered=_order(run.build, int8, run.inputs))


def int8_model_make(inputs: VersionInputs, folder: Path) -> Int8Model:
    """The version's int8 model, made now unless it exists."""
    digest = inputs.int8_digest
    if found := _find(inputs.version, digest):
        return found
    with one_at_a_time(digest):
        found = _find(inputs.version, digest)
        return found or _kept(inputs.version, digest, _made_unless_it_crashes(inputs, folder))


def _find(version: ModelVersion, digest: str) -> Int8Model | None:
    return Int8Model.objects.filter(version=version, recipe_digest=digest).first()


def _made_unless_it_crashes(inputs: VersionInputs, folder: Path) -> MeasuredModel:
    """What crashed TensorFlow once would do so for each target and each try."""
    contents = inputs.contents_digest
    if known := QuantizeCrash.objects.filter(contents_digest=contents).first():
        raise ChildCrashed(known.sentence)
    make = _as_quantised if _brings_scales(inputs.version) else _from_float
    try:
        return make(inputs.version, inputs.datasets, folder)
    except ChildCrashed as crash:
        QuantizeCrash.objects.get_or_create(
            contents_digest=contents, defaults={"sentence": crash.message}
        )
        raise


def _brings_scales(version: ModelVersion) -> bool:
    """Whether a version was quantised before it was pushed."""
    return version.format in (Format.TFLITE, Format.EDGE_IMPULSE) or (
        version.format == Format.ONNX and "DequantizeLinear" in version.ops
    )


def classical_source(version: ModelVersion) -> ClassicalFile | None:
    """What kind of classical model a version is; None for a network."""
    if version.format == Format.ONNX:
        return ClassicalFile.ONNX if TREES in version.ops else None
    return ClassicalFile(version.format) if version.format in (Format.JSON, Format.SKOPS) else None


def _kept(version: ModelVersion, digest: str, made: MeasuredModel) -> Int8Model:
    fields = {
        "blob": blobs.put_bytes(made.tflite),
        "float_accuracy": made.float_accuracy,
        "int8_accuracy": made.int8_accuracy,
        "quantize_report": dict(made.report),
        "telemetry_schema": made.profile.document,
        "reference_counts": made.profile.counts,
        "confidence_calibration": made.profile.calibration,
    }
    try:
        with transaction.atomic():
            return Int8Model.objects.create(version=version, recipe_digest=digest, **fields)
    except IntegrityError:
        # A worker on another machine was faster; every build uses its row.
        return Int8Model.objects.get(version=version, recipe_digest=digest)


def _order(build: Build, int8: Int8Model, inputs: VersionInputs) -> BuildOrder:
    return BuildOrder(
        target=load_target(build.target),
        optimise=Optimise(build.recipe["optimise"]),
        weights=Weights(build.recipe.get("weights", Weights.TOGETHER)),
        arithmetic=Arithmetic(build.recipe.get("arithmetic", Arithmetic.REFUSE)),
        int8=blobs.read(int8.blob_id),
        security_counter=build.recipe.get("security_counter"),
        schema=int8.telemetry_schema,
        vectors=settings.EDGEFLEET_BUILD_VECTORS,
        **inputs.facts,
    )


def _as_quantised(
    version: ModelVersion, datasets: Mapping[str, Dataset], folder: Path
) -> MeasuredModel:
    """What was pushed is kept: its bytes, those in an archive, or of an ONNX model its scales."""
    evaluation = datasets.get("evaluation")
    tflite, scheme = blobs.read(version.blob_id), {"scheme": "as pushed"}
    if reader := OWN_READERS.get(Format(version.format)):
        read, name = reader
        tflite, scheme = read(tflite, folder), {**scheme, "converter": name}
    asked = LookDatasets(evaluation=_read(evaluation), reference=_read(datasets.get("reference")))
    found = _described(version, tflite, asked, folder)
    if evaluation is None:
        return MeasuredModel(tflite, None, None, scheme, found.profile)
    metrics = found.metrics or {}
    _record(version, evaluation, {Engine.INT8: metrics})
    report = {**scheme, "int8_metrics": metrics}
    return MeasuredModel(tflite, None, metrics.get("accuracy"), report, found.profile)


def _described(
    version: ModelVersion, tflite: bytes, datasets: LookDatasets, folder: Path
) -> ModelLook:
    facts = VersionFacts(version.model.name, version.label, tuple(version.class_names))
    return look_at(tflite, facts, datasets, samples_max=REFERENCE_SAMPLES_MAX, folder=folder)


def _read(dataset: Dataset | None) -> bytes | None:
    return blobs.read(dataset.blob_id) if dataset else None


def _from_float(
    version: ModelVersion, datasets: Mapping[str, Dataset], folder: Path
) -> MeasuredModel:
    if "calibration" not in datasets and classical_source(version) is None:
        raise Unprocessable("A float model needs a calibration dataset to become int8.")
    evaluation = datasets.get("evaluation")
    calibration = _read(datasets.get("calibration"))
    made = _quantized(version, calibration, _read(evaluation), folder)
    asked = LookDatasets(made.questions, reference=_read(datasets.get("reference")))
    found = _described(version, made.tflite, asked, folder)
    metrics = found.metrics
    if evaluation and metrics:
        _record(version, evaluation, {Engine.FLOAT: made.float_metrics, Engine.INT8: metrics})
    kept = ("io_schema", "calibration_samples", "seconds", "peak_bytes", "float_metrics")
    return MeasuredModel(
        made.tflite,
        (made.float_metrics or {}).get("accuracy"),
        (metrics or {}).get("accuracy"),
        {
            "scheme": made.scheme,
            **made.figures,
            **{name: getattr(made, name) for name in kept},
            "float_engine": made.float_engine,
            **({"converter": made.converter} if made.converter else {}),
            "int8_metrics": metrics,
            "int8_engine": (metrics or {}).get("engine"),
        },
        found.profile,
    )


def _quantized(
    version: ModelVersion, calibration: bytes | None, evaluation: bytes | None, folder: Path
) -> Quantized:
    given: dict[str, Any] = {
        "calibration_npz": calibration,
        "evaluation_npz": evaluation,
        "workdir": folder,
        "deadline_seconds": settings.EDGEFLEET_QUANTIZE_SECONDS,
    }
    pushed = blobs.read(version.blob_id)
    if (source := classical_source(version)) is not None:
        return classical.quantize_classical(source, content=pushed, **given)
    if version.format == Format.ONNX:
        return onnx.quantize_onnx(onnx_bytes=pushed, **given)
    if version.format == Format.PT2:
        return pytorch.quantize_pt2(pt2_bytes=pushed, **given)
    return quantize(keras_bytes=pushed, **given)


def _record(
    version: ModelVersion, dataset: Dataset, metrics: Mapping[Engine, Mapping[str, Any] | None]
) -> None:
    """Tell the registry what was measured; figures of an earlier recipe stay as they are."""
    for engine, found in metrics.items():
        with suppress(Conflict):
            evaluation_record(
                version=version, dataset=dataset, engine=engine, metrics=found or {}, by=BY
            )


@contextmanager
def one_at_a_time(name: str) -> Iterator[None]:
    """Hold a lock of this machine; the kernel frees it when the process dies."""
    folder = Path(settings.EDGEFLEET_WORK_DIR) / "locks"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / f"{name}.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
