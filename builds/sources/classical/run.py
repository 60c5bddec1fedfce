"""The worker's side of classical models: looked at by admission, made integers for a build.

Guarantees: nothing of the file is parsed in this process; no environment is needed, and no code of
the file or of its tool runs; every failure is one sentence.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from builds.jailed.errors import ChildLost
from builds.jailed.running import ENVIRONMENT, ChildLimits, JailedModule, child
from builds.recipes.quantize.protocol import JobFile
from builds.recipes.quantize.run import MEMORY_BYTES, TFLITE_BYTES, Quantized, asked_questions
from builds.sources.classical.files import CLASSICAL_FILE, ClassicalFile, ClassicalJob
from builds.sources.converting import checked_figures

LOOK_SECONDS: Final = 60.0
OWN: Final = "EdgeFleet's reader of classical models"
ENGINE: Final = "edgefleet"  # the trees in real numbers, by our own evaluator


def look(source: ClassicalFile, data: bytes, folder: Path) -> Mapping[str, Any]:
    """Inputs, outputs and operators of a file. Raises ChildRefused with the sentence."""
    job = _ours(ClassicalJob.LOOK, source, LOOK_SECONDS)
    with child(job, {CLASSICAL_FILE: data}, folder) as left:
        return left.made()


def quantize_classical(
    source: ClassicalFile,
    *,
    content: bytes,
    calibration_npz: bytes | None,
    evaluation_npz: bytes | None = None,
    workdir: Path,
    deadline_seconds: float,
) -> Quantized:
    """Make the model integers; without calibration samples, as its description says or as float32
    features. Raises ChildRefused.
    """
    files = {CLASSICAL_FILE: content}
    if calibration_npz is not None:
        files[JobFile.CALIBRATION.value] = calibration_npz
    if evaluation_npz is not None:
        files[JobFile.EVALUATION.value] = evaluation_npz
    with child(_ours(ClassicalJob.QUANTISE, source, deadline_seconds), files, workdir) as left:
        report = left.made()
        figures = report.get("figures")
        if not isinstance(figures, dict):
            raise ChildLost("The report of the child lacks figures.")
        return Quantized(
            tflite=left.file(JobFile.TFLITE, TFLITE_BYTES),
            float_metrics=checked_figures(report.get("float_metrics")),
            questions=asked_questions(left.work) if evaluation_npz is not None else None,
            io_schema={},
            calibration_samples=int(report.get("calibration_samples") or 0),
            seconds=left.seconds,
            peak_bytes=left.peak_bytes,
            float_engine=ENGINE,
            converter=OWN,
            scheme="classical",
            figures={str(name)[:64]: value for name, value in figures.items()},
        )


def _ours(job: ClassicalJob, source: ClassicalFile, seconds: float) -> JailedModule:
    return JailedModule(
        "builds.sources.classical.child",
        ChildLimits(seconds, MEMORY_BYTES),
        arguments=(job.value, source.value),
        packages=("builds", "registry", "device_agent"),
        environment=ENVIRONMENT,
        engine="The reader of the classical model",
    )
