"""What models answer on an evaluation dataset, and how good that is.

The float model answers inside the jailed child, the int8 model in an engine of the proof. Both see
the same samples, so that their figures may be compared.
"""

from typing import Any, Final

import numpy as np

from builds.recipes.quantize.data import Floats, Labels

BATCH: Final = 256
DIGITS: Final = 6


def float_outputs(model: Any, x: Floats) -> Floats:
    """The first output of the Keras model, flat per sample."""
    answers = [_first(model(x[i : i + BATCH], training=False)) for i in range(0, len(x), BATCH)]
    return np.concatenate(answers).reshape(len(x), -1).astype(np.float32)


def _first(answer: Any) -> Floats:
    return np.asarray(answer[0] if isinstance(answer, list | tuple) else answer, dtype=np.float32)


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
