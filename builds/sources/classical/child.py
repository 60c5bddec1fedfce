"""The jailed child that reads classical models, with our own Python alone."""

import sys
from pathlib import Path
from typing import Any, Final

import numpy as np

from builds.compiler import CompileError
from builds.jailed.ending import leave_result
from builds.recipes.quantize import score
from builds.recipes.quantize.data import DatasetSamples, evenly, questions, samples
from builds.recipes.quantize.protocol import QUESTIONS_BYTES, SAMPLES, JobFile, Unfit
from builds.sources.classical.centres import Classical, outline
from builds.sources.classical.ensemble import FeatureType
from builds.sources.classical.files import CLASSICAL_FILE, ClassicalFile, ClassicalJob
from builds.sources.classical.integers.stepped import in_steps, real_answers
from builds.sources.classical.readers.described import described
from builds.sources.classical.readers.estimators import read_skops
from builds.sources.classical.readers.onnx_ml import read_trees
from fleet.lib.errors import Refused, TooLarge
from registry.files.onnx.outline import checked

CALIBRATION_SAMPLES: Final = 2000


def main(argv: list[str]) -> int:
    """Do one job in the current folder."""
    jobs = {ClassicalJob.LOOK: _look, ClassicalJob.QUANTISE: _quantise}
    source = ClassicalFile(argv[2])
    work = jobs[ClassicalJob(argv[1])]
    return leave_result(lambda: work(source), refused=(Unfit, Refused, TooLarge, CompileError))


def read(source: ClassicalFile, data: bytes) -> Classical:
    """The model of a file. Raises Refused."""
    match source:
        case ClassicalFile.JSON:
            return described(data)
        case ClassicalFile.ONNX:
            return read_trees(checked(data))
        case ClassicalFile.SKOPS:
            return read_skops(data)


def _model(source: ClassicalFile) -> Classical:
    return read(source, Path(CLASSICAL_FILE).read_bytes())


def _look(source: ClassicalFile) -> dict[str, Any]:
    return outline(_model(source))


def _quantise(source: ClassicalFile) -> dict[str, Any]:
    model = _model(source)
    there = Path(JobFile.CALIBRATION).exists()
    calibration = (
        evenly(_fitting(JobFile.CALIBRATION, model), CALIBRATION_SAMPLES) if there else None
    )
    made = in_steps(model, calibration.x if calibration else None)
    Path(JobFile.TFLITE).write_bytes(made.tflite)
    found: dict[str, Any] = {
        "calibration_samples": len(calibration.x) if calibration else 0,
        "figures": {**made.report, "features_travel_as": made.given.dtype},
    }
    if Path(JobFile.EVALUATION).exists():
        found["float_metrics"] = _asked(model, made.given)
    return found


def _asked(model: Classical, given: FeatureType) -> dict[str, Any]:
    """Leave what the model in integers is asked, and what the real one answers."""
    chosen = evenly(_fitting(JobFile.EVALUATION, model), SAMPLES)
    spec = {
        "dtype": given.dtype,
        "shape": [1, model.features],
        "scale": given.scale,
        "zero_point": given.zero_point,
    }
    data = questions(chosen, spec)
    floats = real_answers(model, data.samples.x).astype(np.float32)
    if floats.nbytes > QUESTIONS_BYTES:
        raise Unfit(f"The model's outputs are too large to be compared: {floats.shape[1]} numbers.")
    Path(JobFile.INPUTS).write_bytes(data.inputs)
    Path(JobFile.FLOATS).write_bytes(floats.tobytes())
    if data.samples.y is not None:
        Path(JobFile.LABELS).write_bytes(data.samples.y.tobytes())
    return score.metrics(floats, data.samples.y)


def _fitting(path: str, model: Classical) -> DatasetSamples:
    found = samples(path)
    if found.x.shape[1:] != (model.features,):
        held = found.x.shape[1:]
        raise Unfit(f"The dataset holds samples of {held}; the model takes ({model.features},).")
    return found


if __name__ == "__main__":
    sys.exit(main(sys.argv))
