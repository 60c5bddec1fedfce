"""Inside the jailed child: what a model answers on an evaluation dataset, and how good that is.

The int8 model runs in the TensorFlow Lite Micro interpreter. Both models see the same samples, so
that their figures may be compared.
"""

from typing import Any, Final

import numpy as np

from builds.quantize_data import Floats, Labels
from builds.quantize_protocol import Unfit

SAMPLES: Final = 2000
BATCH: Final = 256
ARENA_BYTES: Final = 64 * 1024**2
DIGITS: Final = 6


def float_outputs(model: Any, x: Floats) -> Floats:
    """The first output of the Keras model, flat per sample."""
    answers = [_first(model(x[i : i + BATCH], training=False)) for i in range(0, len(x), BATCH)]
    return np.concatenate(answers).reshape(len(x), -1).astype(np.float32)


def _first(answer: Any) -> Floats:
    return np.asarray(answer[0] if isinstance(answer, list | tuple) else answer, dtype=np.float32)


def int8_outputs(tflite: bytes, x: Floats) -> Floats:
    """The first output of the int8 model, as real numbers, flat per sample."""
    from tflite_micro.python.tflite_micro import runtime  # noqa: PLC0415 - in the child only

    try:
        interpreter = runtime.Interpreter.from_bytes(tflite, arena_size=ARENA_BYTES)
        into, out = interpreter.get_input_details(0), interpreter.get_output_details(0)
    except (RuntimeError, ValueError) as error:
        raise Unfit(f"TensorFlow Lite Micro cannot run this model: {error}") from error
    if tuple(x.shape[1:]) != tuple(into["shape"][1:]):
        wanted = tuple(int(n) for n in into["shape"][1:])
        raise Unfit(f"The dataset holds samples of {x.shape[1:]}; the model takes {wanted}.")
    quantised = quantise(x, *_scale(into))
    answers = [_invoke(interpreter, sample[None]) for sample in quantised]
    scale, zero = _scale(out)
    return ((np.stack(answers).astype(np.float32) - zero) * np.float32(scale)).reshape(len(x), -1)


def _invoke(interpreter: Any, sample: Any) -> Any:
    interpreter.set_input(sample, 0)
    interpreter.invoke()
    return np.array(interpreter.get_output(0))


def _scale(details: dict[str, Any]) -> tuple[float, int]:
    if np.dtype(details["dtype"]) != np.int8:
        raise Unfit("The model's inputs and outputs must be int8.")
    parameters = details["quantization_parameters"]
    return float(parameters["scales"][0]), int(parameters["zero_points"][0])


def quantise(x: Floats, scale: float, zero_point: int) -> Any:
    """Real numbers to int8, halves away from zero as the device's code does."""
    scaled = x.astype(np.float64) / scale
    rounded = np.copysign(np.floor(np.abs(scaled) + 0.5), scaled)
    return np.clip(rounded + zero_point, -128, 127).astype(np.int8)


def metrics(outputs: Floats, y: Labels | None) -> dict[str, Any]:
    """Accuracy where labels are known; one output is a yes from 0.5 on."""
    found: dict[str, Any] = {"samples": len(outputs)}
    if y is not None:
        right = decisions(outputs) == np.asarray(y).reshape(len(outputs), -1)[:, 0]
        found["accuracy"] = round(float(np.mean(right)), DIGITS)
    return found


def agreement(floats: Floats, integers: Floats) -> dict[str, Any]:
    """How far the int8 model is from the float one, labels or not."""
    same = decisions(floats) == decisions(integers)
    return {
        "agreement": round(float(np.mean(same)), DIGITS),
        "mean_abs_error": round(float(np.mean(np.abs(floats - integers))), DIGITS),
    }


def decisions(outputs: Floats) -> Any:
    """The class that each answer names."""
    return outputs[:, 0] >= 0.5 if outputs.shape[1] == 1 else np.argmax(outputs, axis=1)
