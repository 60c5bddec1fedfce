"""The first stage: from a version to its int8 model, telemetry schema and reference profile.

Guarantees:
* one row per version and recipe, whoever makes it: targets built at the same time share it;
* on one machine the work is done once, the others wait; a killed worker's lock ends with its
  process;
* an int8 `.tflite` that was pushed is taken as it is, byte for byte.
"""

import fcntl
import io
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from django.conf import settings
from django.db import IntegrityError, transaction

from builds import schema
from builds.models import Int8Model, QuantizeCrash
from builds.pipeline_inputs import (
    version_contents_digest,
    version_datasets,
    version_int8_digest,
)
from builds.pipeline_measure import measured
from builds.pipeline_predict import Signature, predict, signature_of
from builds.quantize import QuantizeCrashed, evaluate, quantize
from fleet.lib.actor import system
from fleet.lib.errors import Conflict, Unprocessable
from registry import blobs
from registry.choices import Engine
from registry.models import Dataset, ModelVersion
from registry.services import evaluation_record

REFERENCE_SAMPLES_MAX: Final = 4096  # beyond this, quantiles and counts hardly move
TFLITE: Final = "tflite"
BY: Final = system("quantiser")


@dataclass(frozen=True)
class Measured:
    """An int8 model and what was measured while it was made."""

    tflite: bytes
    float_accuracy: float | None
    int8_accuracy: float | None
    report: Mapping[str, Any]


@dataclass(frozen=True)
class Profile:
    """What devices count, and what the reference samples gave."""

    document: dict[str, Any]
    counts: list[int]
    calibration: dict[str, list[int]]


def int8_model_make(version: ModelVersion, folder: Path) -> Int8Model:
    """The version's int8 model, made now unless it exists."""
    digest = version_int8_digest(version)
    if found := _find(version, digest):
        return found
    with one_at_a_time(digest):
        return _find(version, digest) or _make_unless_it_crashes(version, digest, folder)


def _make_unless_it_crashes(version: ModelVersion, digest: str, folder: Path) -> Int8Model:
    """What crashed TensorFlow once would do so for each target and each try."""
    contents = version_contents_digest(version)
    if known := QuantizeCrash.objects.filter(contents_digest=contents).first():
        raise QuantizeCrashed(known.sentence)
    try:
        return _make(version, digest, folder)
    except QuantizeCrashed as crash:
        QuantizeCrash.objects.get_or_create(
            contents_digest=contents, defaults={"sentence": crash.message}
        )
        raise


def _find(version: ModelVersion, digest: str) -> Int8Model | None:
    return Int8Model.objects.filter(version=version, recipe_digest=digest).first()


def _make(version: ModelVersion, digest: str, folder: Path) -> Int8Model:
    datasets = version_datasets(version)
    made = _measured(version, datasets, folder)
    profile = _profile(version, datasets.get("reference"), made.tflite, folder)
    blob = blobs.put_bytes(made.tflite)
    fields = {
        "blob": blob,
        "float_accuracy": made.float_accuracy,
        "int8_accuracy": made.int8_accuracy,
        "quantize_report": dict(made.report),
        "telemetry_schema": profile.document,
        "reference_counts": profile.counts,
        "confidence_calibration": profile.calibration,
    }
    try:
        with transaction.atomic():
            return Int8Model.objects.create(version=version, recipe_digest=digest, **fields)
    except IntegrityError:
        # A worker on another machine was faster; every build uses its row.
        return Int8Model.objects.get(version=version, recipe_digest=digest)


def _measured(version: ModelVersion, datasets: Mapping[str, Dataset], folder: Path) -> Measured:
    make = _as_pushed if version.format == TFLITE else _from_float
    return make(version, datasets, folder)


def _as_pushed(version: ModelVersion, datasets: Mapping[str, Dataset], folder: Path) -> Measured:
    tflite = blobs.read(version.blob_id)
    if "evaluation" not in datasets:
        return Measured(tflite, None, None, {"scheme": "as pushed"})
    signature = signature_of(tflite)
    questions = evaluate(
        spec=asdict(signature.only_input()),
        evaluation_npz=blobs.read(datasets["evaluation"].blob_id),
        workdir=folder,
        deadline_seconds=settings.EDGEFLEET_QUANTIZE_SECONDS,
    )
    metrics = measured(tflite, signature, questions, workdir=folder)
    _record(version, datasets["evaluation"], {Engine.INT8: metrics})
    report = {"scheme": "as pushed", "int8_metrics": metrics}
    return Measured(tflite, None, metrics.get("accuracy"), report)


def _from_float(version: ModelVersion, datasets: Mapping[str, Dataset], folder: Path) -> Measured:
    if "calibration" not in datasets:
        raise Unprocessable("A float model needs a calibration dataset to become int8.")
    evaluation = datasets.get("evaluation")
    made = quantize(
        keras_bytes=blobs.read(version.blob_id),
        calibration_npz=blobs.read(datasets["calibration"].blob_id),
        evaluation_npz=blobs.read(evaluation.blob_id) if evaluation else None,
        workdir=folder,
        deadline_seconds=settings.EDGEFLEET_QUANTIZE_SECONDS,
    )
    metrics = None
    if evaluation and made.questions:
        signature = signature_of(made.tflite)
        metrics = measured(made.tflite, signature, made.questions, workdir=folder)
        _record(version, evaluation, {Engine.FLOAT: made.float_metrics, Engine.INT8: metrics})
    kept = ("io_schema", "calibration_samples", "seconds", "peak_bytes", "float_metrics")
    return Measured(
        made.tflite,
        (made.float_metrics or {}).get("accuracy"),
        (metrics or {}).get("accuracy"),
        {
            "scheme": "int8",
            **{name: getattr(made, name) for name in kept},
            "float_engine": made.float_engine,
            "int8_metrics": metrics,
            "int8_engine": (metrics or {}).get("engine"),
        },
    )


def _record(
    version: ModelVersion, dataset: Dataset, metrics: Mapping[Engine, Mapping[str, Any] | None]
) -> None:
    """Tell the registry what was measured; figures of an earlier recipe stay as they are."""
    for engine, found in metrics.items():
        with suppress(Conflict):
            evaluation_record(
                version=version, dataset=dataset, engine=engine, metrics=found or {}, by=BY
            )


def _profile(
    version: ModelVersion, reference: Dataset | None, tflite: bytes, folder: Path
) -> Profile:
    signature = signature_of(tflite)
    classes = schema.class_names(version.class_names, signature.outputs[0])
    samples, labels = _reference(reference, signature)
    if samples is None:
        document = _document(version, classes, {})
        return Profile(document, schema.reference_counts(document, {}, None), {})
    tensors = schema.quantise(samples, signature.inputs[0])
    described = schema.descriptors(tensors, signature.inputs[0].shape)
    asked = [tensor.tobytes() for tensor in tensors] if classes else []
    outputs = predict(tflite, signature, asked, workdir=folder).outputs if asked else None
    document = _document(version, classes, described)
    counts = schema.reference_counts(document, described, outputs)
    if outputs is None or labels is None:
        return Profile(document, counts, {})
    return Profile(document, counts, schema.calibration(outputs, labels))


def _document(
    version: ModelVersion, classes: tuple[str, ...], described: Mapping[str, schema.Int64]
) -> dict[str, Any]:
    return schema.schema_document(
        model=version.model.name, version=version.label, classes=classes, described=described
    )


def _reference(reference: Dataset | None, signature: Signature) -> tuple[Any, Any]:
    """Samples and labels of the reference dataset, evenly thinned; None without one."""
    first = signature.inputs[0]
    if reference is None or len(signature.inputs) != 1 or first.dtype != "int8":
        return None, None
    with np.load(io.BytesIO(blobs.read(reference.blob_id)), allow_pickle=False) as arrays:
        x = np.asarray(arrays["x"])
        y = np.asarray(arrays["y"]) if "y" in arrays else None
    if x.size != len(x) * first.elements:
        raise Unprocessable(
            f"A reference sample has {x.size // max(len(x), 1)} values, "
            f"the model takes {first.elements}."
        )
    step = -(-len(x) // REFERENCE_SAMPLES_MAX)
    return x[::step], None if y is None else y[::step]


@contextmanager
def one_at_a_time(name: str) -> Iterator[None]:
    """Hold a lock of this machine; the kernel frees it when the process dies."""
    folder = Path(settings.EDGEFLEET_WORK_DIR) / "locks"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / f"{name}.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
