"""Inside a jailed child: a float network that a converter made, beside the one it was made of.

Guarantees: the float reference is the pushed model itself, in its own engine; a converted network
that answers otherwise than it is refused, so that a fault of a converter never becomes a model.
"""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import numpy as np

from builds.recipes.quantize import score
from builds.recipes.quantize.data import DatasetSamples, Floats, evenly, samples
from builds.recipes.quantize.protocol import (
    FLOAT_TFLITE,
    QUESTIONS_BYTES,
    SAMPLES,
    JobFile,
    Unfit,
)

TRIED: Final = 16  # calibration samples that both models are asked
# Two float engines sum in another order; nothing that is wired wrong stays within this.
NEAR: Final = 1e-3
REASON_CHARS: Final = 300
Answer = Callable[[Floats], Floats]


def beside(
    shape: tuple[int, ...],
    converter: str,
    convert: Callable[[], bytes],
    reference: Callable[[], Answer],
) -> dict[str, Any]:
    """Convert, compare, answer the evaluation dataset where there is one; leave the files.

    `shape` is that of a sample with its batch. Raises Unfit.
    """
    calibration = _fitting(JobFile.CALIBRATION, shape, "calibration")
    _report_progress(5, "starting the converter")
    tflite = convert()
    Path(FLOAT_TFLITE).write_bytes(tflite)
    _report_progress(60, "comparing the converted network")
    answer = _guarded(reference())
    converted = _guarded(_litert(tflite))
    apart = _difference(evenly(calibration, TRIED).x, answer, converted, converter)
    if not Path(JobFile.EVALUATION).exists():
        return {"difference": apart}
    _report_progress(75, "measuring the float model")
    asked = _asked(_fitting(JobFile.EVALUATION, shape, "evaluation"), int(np.prod(shape)))
    floats = answer(asked.x)
    if floats.nbytes > QUESTIONS_BYTES:
        raise Unfit(f"The model's outputs are too large to be compared: {floats.shape[1]} numbers.")
    Path(JobFile.FLOATS).write_bytes(floats.tobytes())
    return {"difference": apart, "float_metrics": score.metrics(floats, asked.y)}


def _guarded(answer: Answer) -> Answer:
    """A model that cannot answer samples of reals is its author's matter: one sentence."""

    def guarded(x: Floats) -> Floats:
        try:
            return answer(x)
        except Exception as error:
            reason = " ".join(str(error).split())[:REASON_CHARS] or type(error).__name__
            raise Unfit(f"The float model cannot answer the samples: {reason}") from error

    return guarded


def _asked(evaluation: DatasetSamples, elements: int) -> DatasetSamples:
    """The samples that the int8 model is asked too (`builds.recipes.quantize.data.questions`)."""
    return evenly(evenly(evaluation, SAMPLES), max(1, QUESTIONS_BYTES // elements))


def _fitting(path: str, shape: tuple[int, ...], what: str) -> DatasetSamples:
    found = samples(path)
    if found.x.shape[1:] != shape[1:]:
        held = found.x.shape[1:]
        raise Unfit(f"The {what} dataset holds samples of {held}; the model takes {shape[1:]}.")
    return found


def _litert(tflite: bytes) -> Answer:
    from ai_edge_litert.interpreter import Interpreter  # noqa: PLC0415 - in its own environment alone

    engine = Interpreter(model_content=tflite, num_threads=1)
    engine.allocate_tensors()
    (taken,), given = engine.get_input_details(), engine.get_output_details()[0]

    def answer(x: Floats) -> Floats:
        found = []
        for sample in x:
            engine.set_tensor(taken["index"], sample.reshape(taken["shape"]))
            engine.invoke()
            found.append(np.asarray(engine.get_tensor(given["index"])).reshape(1, -1))
        return np.concatenate(found)

    return answer


def _difference(x: Floats, ours: Answer, theirs: Answer, converter: str) -> float:
    """How far two models are apart. Raises Unfit for more than rounding."""
    a, b = ours(x), theirs(x)
    if a.shape != b.shape:
        raise Unfit(
            f"{converter} made a network with {b.shape[1]} outputs of one with {a.shape[1]}."
        )
    apart = float(np.max(np.abs(a - b)) / max(1.0, float(np.max(np.abs(a)))))
    if not apart <= NEAR:
        raise Unfit(
            f"What {converter} made of this model answers otherwise than it does (by {apart:.2g}); "
            "export it with simpler operators."
        )
    return apart


def _report_progress(percent: int, words: str) -> None:
    sys.stdout.write(f"progress {percent} {words}\n")
    sys.stdout.flush()
