"""The jailed child that makes a float `.tflite` int8, with the Python of the environment `litert`.

Guarantees: int8 inputs and outputs, weights per channel, ranges from the calibration samples; the
samples of the evaluation dataset are left as the int8 model takes them, as TensorFlow's child does.
"""

import io
import sys
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any, Final

from builds.jailed.ending import leave_result
from builds.recipes.quantize.data import DatasetSamples, Floats, evenly, questions, samples
from builds.recipes.quantize.protocol import FLOAT_TFLITE, SAMPLES, JobFile, Unfit

CALIBRATION_SAMPLES: Final = 500  # ranges settle long before; each costs one float inference


def main() -> int:
    """Quantise the model of the current folder."""
    return leave_result(_quantize, refused=(Unfit,))


def _quantize() -> dict[str, Any]:
    calibration = evenly(samples(JobFile.CALIBRATION), CALIBRATION_SAMPLES)
    tflite = _int8(Path(FLOAT_TFLITE), calibration.x)
    Path(JobFile.TFLITE).write_bytes(tflite)
    if Path(JobFile.EVALUATION).exists():
        _ask(evenly(samples(JobFile.EVALUATION), SAMPLES), tflite)
    return {"calibration_samples": len(calibration.x)}


def _int8(path: Path, x: Floats) -> bytes:
    from ai_edge_quantizer import quantizer, recipe  # noqa: PLC0415 - in its own environment alone

    signature, name, shape = _only_input(path)
    try:
        with redirect_stdout(io.StringIO()):
            work = quantizer.Quantizer(str(path), recipe.static_wi8_ai8())
            found = work.calibrate({signature: [{name: sample.reshape(shape)} for sample in x]})
            return bytes(work.quantize(found).quantized_model)
    except Exception as error:
        reason = " ".join(str(error).split())[:300]
        raise Unfit(f"The quantiser cannot make this model int8: {reason}") from error


def _only_input(path: Path) -> tuple[str, str, list[int]]:
    """The signature, and the name and shape of its input."""
    engine = _engine(model_path=str(path))
    signatures = engine.get_signature_list()
    inputs = engine.get_input_details()
    if len(signatures) != 1 or len(inputs) != 1:
        raise Unfit(f"Only models with one input are quantised; this has {len(inputs)}.")
    ((signature, names),) = signatures.items()
    return signature, names["inputs"][0], [int(size) for size in inputs[0]["shape"]]


def _ask(chosen: DatasetSamples, tflite: bytes) -> None:
    (taken,) = _engine(model_content=tflite).get_input_details()
    scale, zero_point = taken["quantization"]
    spec = {
        "dtype": taken["dtype"].__name__,
        "shape": [int(size) for size in taken["shape"]],
        "scale": float(scale),
        "zero_point": int(zero_point),
    }
    data = questions(chosen, spec)
    Path(JobFile.INPUTS).write_bytes(data.inputs)
    if data.samples.y is not None:
        Path(JobFile.LABELS).write_bytes(data.samples.y.tobytes())


def _engine(**model: Any) -> Any:
    from ai_edge_litert.interpreter import Interpreter  # noqa: PLC0415 - in its own environment alone

    return Interpreter(**model, num_threads=1)


if __name__ == "__main__":
    sys.exit(main())
