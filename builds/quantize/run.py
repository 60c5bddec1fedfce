"""From a float Keras model to an int8 `.tflite`: the only way in to TensorFlow, always through a
jailed child.

Guarantees: the model's own code never runs in this process; the same inputs give the same bytes;
what comes back was read within bounds; every failure is one sentence (`QuantizeError` or its kin).
The int8 model is not asked here: what it is to be asked comes back as bytes, for the engines of the
proof.
"""

import json
import signal
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from builds.quantize.protocol import ENGINE_FLOAT, QUESTIONS_BYTES, Job, Member
from fleet.lib.errors import FleetError, Unavailable, Unprocessable
from fleet.lib.jail import (
    PROJECT_ROOT,
    Ending,
    JailResult,
    python_command,
    python_env,
    read_output,
    run_jailed,
)
from fleet.lib.trees import remove_tree

DEADLINE_SECONDS: Final = 600.0
MEMORY_BYTES: Final = 4 * 1024**3
TFLITE_BYTES: Final = 64 * 1024**2
REPORT_BYTES: Final = 1024**2
SENTENCE_LENGTH: Final = 400  # characters of the child's sentence that are passed on
LABEL_BYTES: Final = 8
# What a program does to itself; SIGKILL and SIGTERM come from outside.
CRASHES: Final = frozenset(
    {signal.SIGSEGV, signal.SIGABRT, signal.SIGBUS, signal.SIGFPE, signal.SIGILL}
)
ENVIRONMENT: Final = {
    "CUDA_VISIBLE_DEVICES": "-1",
    "KERAS_BACKEND": "tensorflow",
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "TF_ENABLE_ONEDNN_OPTS": "0",  # its results depend on the number of cores
}

Progress = Callable[[int, str], None]


class QuantizeError(Unprocessable):
    """The model or the dataset cannot be made into an int8 model; the sentence says why."""

    code = "not_quantizable"


class QuantizeCrashed(QuantizeError):
    """The child broke on these bytes, or outgrew its room, and would again: no try helps."""

    code = "quantize_crashed"


class QuantizeStopped(Unavailable):
    """The child was ended by its deadline: the same input may do better with more time."""

    code = "quantize_stopped"


class QuantizeLost(Unavailable):
    """The child died, or was never there, and no limit of ours explains it: try again."""

    code = "quantize_lost"


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
    files = {Member.MODEL: keras_bytes, Member.CALIBRATION: calibration_npz}
    if evaluation_npz is not None:
        files[Member.EVALUATION] = evaluation_npz
    folder, result, report = _run(Job.QUANTIZE, files, workdir, progress, deadline_seconds)
    tflite = read_output(folder, Member.TFLITE, limit_bytes=TFLITE_BYTES)
    questions = _questions(folder) if evaluation_npz is not None else None
    remove_tree(folder)
    if tflite is None:
        raise QuantizeError(f"The int8 model is missing or larger than {TFLITE_BYTES} bytes.")
    return Quantized(
        tflite=tflite,
        float_metrics=report.get("float_metrics"),
        questions=questions,
        io_schema=report["io_schema"],
        calibration_samples=report["calibration_samples"],
        seconds=result.seconds,
        peak_bytes=result.peak_bytes,
    )


def inspect(
    *,
    keras_bytes: bytes,
    workdir: Path,
    progress: Progress | None = None,
    deadline_seconds: float = DEADLINE_SECONDS,
) -> Inspected:
    """Load a `.keras` file and read its inputs, outputs and layers."""
    files = {Member.MODEL: keras_bytes}
    folder, _, report = _run(Job.INSPECT, files, workdir, progress, deadline_seconds)
    remove_tree(folder)
    return Inspected(report["io_schema"], report["ops"], report["parameters"])


def _questions(folder: Path) -> Questions:
    inputs, floats, labels = (
        read_output(folder, name, limit_bytes=QUESTIONS_BYTES)
        for name in (Member.INPUTS, Member.FLOATS, Member.LABELS)
    )
    if not inputs:
        raise QuantizeError("The samples of the evaluation dataset are missing or too large.")
    if labels is not None and len(labels) % LABEL_BYTES:
        raise QuantizeError("The labels of the evaluation dataset were cut off.")
    return Questions(inputs, labels, floats or b"")


def _run(
    job: Job,
    files: Mapping[Member, bytes],
    workdir: Path,
    progress: Progress | None,
    deadline_seconds: float,
) -> tuple[Path, JailResult, dict[str, Any]]:
    folder = workdir / f"jail-{job}"
    remove_tree(folder)  # an attempt that a dead worker left
    folder.mkdir(parents=True)
    result = run_jailed(
        python_command("builds.quantize.child", job),
        workdir=folder,
        deadline_seconds=deadline_seconds,
        memory_bytes=MEMORY_BYTES,
        inputs={name.value: data for name, data in files.items()},
        env={**python_env(), **ENVIRONMENT},
        readable=[PROJECT_ROOT / "builds", PROJECT_ROOT / "registry"],
        on_line=_relay(progress),
    )
    report = _report(folder)
    if "error" in report:
        raise QuantizeError(_one_sentence(report["error"]))
    if not result.ok or not report:
        raise _ending(result)(_stopped(result, deadline_seconds))
    return folder, result, report


def _report(folder: Path) -> dict[str, Any]:
    data = read_output(folder, Member.REPORT, limit_bytes=REPORT_BYTES)
    try:
        report = json.loads(data or b"{}")
    except (ValueError, RecursionError):  # foreign code ran in there: it may have written anything
        report = {}
    return report if isinstance(report, dict) else {}


def _relay(progress: Progress | None) -> Callable[[str], None] | None:
    if progress is None:
        return None

    def hear(line: str) -> None:
        word, _, rest = line.partition(" ")
        percent, _, text = rest.partition(" ")
        if word == "progress" and percent.isascii() and percent.isdigit():
            progress(min(100, int(percent[:3])), text[:120])

    return hear


def _ending(result: JailResult) -> type[FleetError]:
    """Whether another try of the same bytes can end otherwise."""
    broke = result.ending is Ending.SIGNALLED and -result.code in CRASHES
    if broke or result.limit in {Ending.MEMORY, Ending.WRITTEN}:
        return QuantizeCrashed
    return QuantizeStopped if result.limit else QuantizeLost


def _stopped(result: JailResult, deadline_seconds: float) -> str:
    """One sentence for an end that the child could not explain."""
    match result.limit or result.ending:
        case Ending.DEADLINE:
            return f"The model was not done within {deadline_seconds:.0f} seconds and was stopped."
        case Ending.MEMORY:
            return f"The model needed more than {MEMORY_BYTES >> 20} MiB of memory and was stopped."
        case Ending.WRITTEN:
            return "The model wrote more files, or larger ones, than a model needs."
        case Ending.SETUP:
            return f"The jail for foreign models could not be set up: {result.detail}"
        case Ending.SIGNALLED if -result.code in CRASHES:
            name = signal.Signals(-result.code).name
            return (
                f"TensorFlow crashed ({name}) on this model. Leave out or replace layers that loop "
                "or were made elsewhere, or push the model as an int8 .tflite file."
            )
        case _:
            last = result.stderr.strip().rpartition("\n")[2]
            return _one_sentence(
                f"The child that reads the model died (code {result.code}): {last}"
            )


def _one_sentence(text: object) -> str:
    return " ".join(str(text).split())[:SENTENCE_LENGTH]
