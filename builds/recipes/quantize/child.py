"""The jailed child: reads its inputs from the work folder, leaves a model and a report there,
speaks progress lines.

Everything that TensorFlow touches lives behind this module. A problem that a person can mend
ends the work as refused with one sentence; anything else leaves a traceback too.
"""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from builds.jailed.ending import leave_result
from builds.recipes.quantize.protocol import QUESTIONS_BYTES, SAMPLES, JobFile, QuantizeJob, Unfit

if TYPE_CHECKING:
    from builds.recipes.quantize.data import DatasetSamples


def main(argv: list[str]) -> int:
    """Do one job in the current folder."""
    jobs = {QuantizeJob.QUANTIZE: _quantize, QuantizeJob.INSPECT: _inspect}
    return leave_result(jobs[QuantizeJob(argv[1])], refused=(Unfit,))


def tell(percent: int, text: str) -> None:
    """One line of progress for the parent."""
    sys.stdout.write(f"progress {percent} {text}\n")
    sys.stdout.flush()


def _inspect() -> dict[str, Any]:
    from builds.recipes.quantize import convert  # noqa: PLC0415 - TensorFlow takes seconds

    tell(5, "starting TensorFlow")
    model = convert.load(JobFile.MODEL)
    tell(90, "reading layers")
    return {
        "io_schema": convert.io_schema(model),
        "ops": convert.layers(model),
        "parameters": int(model.count_params()),
    }


def _quantize() -> dict[str, Any]:
    from builds.recipes.quantize import convert  # noqa: PLC0415 - TensorFlow takes seconds
    from builds.recipes.quantize.data import evenly, samples  # noqa: PLC0415 - idem

    tell(2, "reading datasets")
    calibration = samples(JobFile.CALIBRATION)
    evaluation = samples(JobFile.EVALUATION) if Path(JobFile.EVALUATION).exists() else None
    tell(5, "starting TensorFlow")
    model = convert.load(JobFile.MODEL)
    schema = convert.io_schema(model)
    calibrating = evenly(calibration, convert.CALIBRATION_SAMPLES).x
    convert.check_fits(schema, calibrating, "calibration")
    tell(40, "quantising")
    tflite = convert.to_int8(model, calibrating)
    Path(JobFile.TFLITE).write_bytes(tflite)
    report = {"io_schema": schema, "calibration_samples": len(calibrating)}
    if evaluation is not None:
        convert.check_fits(schema, evaluation.x, "evaluation")
        report |= _float_answers(model, _ask(evaluation, convert.input_spec(tflite)))
    tell(100, "done")
    return report


def _float_answers(model: Any, chosen: "DatasetSamples") -> dict[str, Any]:
    from builds.recipes.quantize import score  # noqa: PLC0415 - not every job needs it

    tell(75, "measuring the float model")
    floats = score.float_outputs(model, chosen.x)
    if floats.nbytes > QUESTIONS_BYTES:
        raise Unfit(f"The model's outputs are too large to be compared: {floats.shape[1]} numbers.")
    Path(JobFile.FLOATS).write_bytes(floats.tobytes())
    return {"float_metrics": score.metrics(floats, chosen.y)}


def _ask(evaluation: "DatasetSamples", spec: dict[str, Any]) -> "DatasetSamples":
    """Leave the samples that the int8 model is asked, as it takes them, with their labels."""
    from builds.recipes.quantize.data import evenly, questions  # noqa: PLC0415 - not every job needs it

    data = questions(evenly(evaluation, SAMPLES), spec)
    Path(JobFile.INPUTS).write_bytes(data.inputs)
    if data.samples.y is not None:
        Path(JobFile.LABELS).write_bytes(data.samples.y.tobytes())
    return data.samples


if __name__ == "__main__":
    sys.exit(main(sys.argv))
