"""From a float Keras model to an int8 `.tflite`: the only way in to TensorFlow, always through a
jailed child.

Guarantees: the model's own code never runs in this process; the same inputs give the same bytes;
what comes back was read within bounds; every failure is one sentence (`builds.jailed.errors`).
The int8 model is not asked here: what it is to be asked comes back as bytes, for the engines of the
proof.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, TypeVar

from builds.jailed.errors import ChildLost, ChildRefused
from builds.jailed.running import ChildLimits, JailedModule, child
from builds.recipes.quantize.protocol import ENGINE_FLOAT, QUESTIONS_BYTES, JobFile, QuantizeJob
from fleet.lib.jail import read_output

DEADLINE_SECONDS: Final = 600.0
MEMORY_BYTES: Final = 4 * 1024**3
TFLITE_BYTES: Final = 64 * 1024**2
LABEL_BYTES: Final = 8
ENVIRONMENT: Final = {
    "CUDA_VISIBLE_DEVICES": "-1",
    "KERAS_BACKEND": "tensorflow",
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "TF_ENABLE_ONEDNN_OPTS": "0",  # its results depend on the number of cores
}

Progress = Callable[[int, str], None]
Plain = TypeVar("Plain")


@dataclass(frozen=True)
class Questions:
    """What the int8 model is to be asked of an evaluation dataset."""

    inputs: bytes  # samples as the model takes them, one after the other
    labels: bytes | None  # as int64
    floats: bytes  # the float model's answers as float32, one after the other; empty without one


@dataclass(frozen=True)
class Quantized:
    """An int8 model; what depends on an evaluation dataset is None where there was none."""

    tflite: bytes
    float_metrics: dict[str, Any] | None
    questions: Questions | None
    io_schema: dict[str, Any]
    calibration_samples: int
    seconds: float
    peak_bytes: int
    float_engine: str = ENGINE_FLOAT
    converter: str = ""  # packages and versions, where others than TensorFlow made it
    scheme: str = "int8"
    figures: Mapping[str, Any] = field(default_factory=dict)  # of a scheme, for the report


@dataclass(frozen=True)
class Inspected:
    """What a `.keras` file says of itself once loaded."""

    io_schema: dict[str, Any]
    ops: dict[str, int]
    parameters: int


def quantize(
    *,
    keras_bytes: bytes,
    calibration_npz: bytes,
    evaluation_npz: bytes | None = None,
    workdir: Path,
    progress: Progress | None = None,
    deadline_seconds: float = DEADLINE_SECONDS,
) -> Quantized:
    """Convert with full-integer int8, calibrated on `x` of the dataset; measure the float model."""
    files = {JobFile.MODEL.value: keras_bytes, JobFile.CALIBRATION.value: calibration_npz}
    if evaluation_npz is not None:
        files[JobFile.EVALUATION.value] = evaluation_npz
    jailed = _jailed(QuantizeJob.QUANTIZE, deadline_seconds)
    with child(jailed, files, workdir, on_line=relay(progress)) as left:
        report = left.made()
        tflite = read_output(left.work, JobFile.TFLITE, limit_bytes=TFLITE_BYTES)
        if tflite is None:
            raise ChildRefused(f"The int8 model is missing or larger than {TFLITE_BYTES} bytes.")
        return Quantized(
            tflite=tflite,
            float_metrics=report.get("float_metrics"),
            questions=asked_questions(left.work) if evaluation_npz is not None else None,
            io_schema=_member(report, "io_schema", dict),
            calibration_samples=_member(report, "calibration_samples", int),
            seconds=left.seconds,
            peak_bytes=left.peak_bytes,
        )


def inspect(
    *,
    keras_bytes: bytes,
    workdir: Path,
    progress: Progress | None = None,
    deadline_seconds: float = DEADLINE_SECONDS,
) -> Inspected:
    """Load a `.keras` file and read its inputs, outputs and layers."""
    jailed = _jailed(QuantizeJob.INSPECT, deadline_seconds)
    with child(
        jailed, {JobFile.MODEL.value: keras_bytes}, workdir, on_line=relay(progress)
    ) as left:
        found = left.made()
        return Inspected(
            _member(found, "io_schema", dict),
            _member(found, "ops", dict),
            _member(found, "parameters", int),
        )


def asked_questions(folder: Path) -> Questions:
    """What a child left to ask the int8 model. Raises ChildRefused."""
    inputs, floats, labels = (
        read_output(folder, name, limit_bytes=QUESTIONS_BYTES)
        for name in (JobFile.INPUTS, JobFile.FLOATS, JobFile.LABELS)
    )
    if not inputs:
        raise ChildRefused("The samples of the evaluation dataset are missing or too large.")
    if labels is not None and len(labels) % LABEL_BYTES:
        raise ChildRefused("The labels of the evaluation dataset were cut off.")
    return Questions(inputs, labels, floats or b"")


def _jailed(job: QuantizeJob, deadline_seconds: float) -> JailedModule:
    return JailedModule(
        "builds.recipes.quantize.child",
        ChildLimits(deadline_seconds, MEMORY_BYTES),
        arguments=(job.value,),
        packages=("builds", "registry"),
        environment=ENVIRONMENT,
        engine="TensorFlow",
        advice="Leave out or replace layers that loop or were made elsewhere, or push the model as "
        "an int8 .tflite file.",
    )


def _member(found: Mapping[str, Any], name: str, kind: type[Plain]) -> Plain:
    """A member of a report that a model's own code may have written."""
    value = found.get(name)
    if not isinstance(value, kind):
        raise ChildLost(f"The report of the child lacks {name}, or has another type there.")
    return value


def relay(progress: Progress | None) -> Callable[[str], None]:
    """Hear the lines of progress in what a child says."""

    def hear(line: str) -> None:
        word, _, rest = line.partition(" ")
        percent, _, text = rest.partition(" ")
        if progress and word == "progress" and percent.isascii() and percent.isdigit():
            progress(min(100, int(percent[:3])), text[:120])

    return hear
