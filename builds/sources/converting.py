"""The worker's side of another tool's float model: one child converts it, the next quantises it.

Guarantees: both have their environment or nothing is begun; figures are numbers in bounds; the
lineage names every package that had a part in it.
"""

import math
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from builds.jailed.environments import LITERT, Environment
from builds.jailed.errors import ChildLost
from builds.jailed.running import JailedModule, child
from builds.recipes.quantize.protocol import FLOAT_TFLITE, QUESTIONS_BYTES, JobFile
from builds.recipes.quantize.run import TFLITE_BYTES, Quantized
from builds.recipes.quantize.run_litert import quantize_float_tflite
from fleet.lib.jail import read_output

FIGURES: Final = frozenset({"accuracy", "samples"})


@dataclass(frozen=True)
class Converting:
    """A pushed file, and what converts it."""

    environment: Environment
    engine: str  # that gives the float reference
    filename: str
    content: bytes


def convert_and_quantise(
    jailed: JailedModule,
    what: Converting,
    *,
    calibration: bytes,
    evaluation: bytes | None,
    folder: Path,
) -> Quantized:
    """Run the converter's child, then LiteRT's quantiser. Raises NotInstalled, ChildRefused."""
    LITERT.home()  # before the first half is done for nothing
    files = {what.filename: what.content, JobFile.CALIBRATION.value: calibration}
    if evaluation is not None:
        files[JobFile.EVALUATION.value] = evaluation
    own = replace(jailed, home=what.environment.home(), engine="The converter")
    with child(own, files, folder) as left:
        report = left.made()
        tflite = left.file(FLOAT_TFLITE, TFLITE_BYTES)
        floats = read_output(left.work, JobFile.FLOATS, limit_bytes=QUESTIONS_BYTES)
        metrics = checked_figures(report.get("float_metrics"))
        first = left
    made = quantize_float_tflite(
        tflite=tflite,
        calibration=calibration,
        evaluation=evaluation,
        folder=folder,
        seconds=max(1.0, jailed.limits.deadline_seconds - first.seconds),
    )
    return Quantized(
        tflite=made.tflite,
        float_metrics=metrics,
        questions=made.questions and replace(made.questions, floats=floats or b""),
        io_schema={},
        calibration_samples=made.calibration_samples,
        seconds=first.seconds + made.seconds,
        peak_bytes=max(first.peak_bytes, made.peak_bytes),
        float_engine=what.engine,
        converter=f"{what.environment.converter}, {LITERT.converter}",
    )


def checked_figures(found: Any) -> dict[str, Any] | None:
    """What a child measured, each figure a number in bounds."""
    if found is None:
        return None
    fits = isinstance(found, dict) and found.keys() <= FIGURES
    if not fits or not all(type(n) in {int, float} and math.isfinite(n) for n in found.values()):
        raise ChildLost("The child that converts the model left figures that are none.")
    return dict(found)
