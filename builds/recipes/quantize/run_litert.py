"""From a float `.tflite` that a converter made to an int8 one: the jailed child of LiteRT."""

from pathlib import Path
from typing import Final, NamedTuple

from builds.jailed.environments import LITERT
from builds.jailed.errors import ChildLost, ChildRefused
from builds.jailed.running import ENVIRONMENT, ChildLimits, JailedModule, child
from builds.recipes.quantize.protocol import FLOAT_TFLITE, JobFile
from builds.recipes.quantize.run import MEMORY_BYTES, TFLITE_BYTES, Questions, asked_questions
from fleet.lib.jail import read_output

COUNT_MAX: Final = 10**6


class LitertInt8(NamedTuple):
    """An int8 model, and what it is to be asked, without a float model's answers."""

    tflite: bytes
    questions: Questions | None
    calibration_samples: int
    seconds: float
    peak_bytes: int


def quantize_float_tflite(
    *, tflite: bytes, calibration: bytes, evaluation: bytes | None, folder: Path, seconds: float
) -> LitertInt8:
    """Make it int8, calibrated on the dataset, within `seconds`. Raises NotInstalled,
    ChildRefused.
    """
    files = {FLOAT_TFLITE: tflite, JobFile.CALIBRATION.value: calibration}
    if evaluation is not None:
        files[JobFile.EVALUATION.value] = evaluation
    jailed = JailedModule(
        "builds.recipes.quantize.litert_child",
        ChildLimits(seconds, MEMORY_BYTES),
        environment=ENVIRONMENT,
        engine="The quantiser",
        home=LITERT.home(),
    )
    with child(jailed, files, folder) as left:
        count = left.made().get("calibration_samples")
        made = read_output(left.work, JobFile.TFLITE, limit_bytes=TFLITE_BYTES)
        if made is None:
            raise ChildRefused(f"The int8 model is missing or larger than {TFLITE_BYTES} bytes.")
        if type(count) is not int or not 0 < count <= COUNT_MAX:
            raise ChildLost("The report of the child lacks calibration_samples.")
        asked = asked_questions(left.work) if evaluation is not None else None
        return LitertInt8(made, asked, count, left.seconds, left.peak_bytes)
