"""How good an int8 model is on an evaluation dataset, and how near its float model."""

from pathlib import Path
from typing import Any

import numpy as np

from builds.pipeline.look.predict import ModelSignature, Predicted, predict
from builds.recipes.quantize import score as quantize_score
from builds.recipes.quantize.data import Floats
from builds.recipes.quantize.profile import TensorSpec
from builds.recipes.quantize.run import Questions


def measured(
    tflite: bytes, signature: ModelSignature, questions: Questions, *, workdir: Path
) -> dict[str, Any]:
    """The metrics of the int8 model, and the engine that answered.

    Raises CompileError for a model that no engine runs, Unavailable where none is at hand.
    """
    each = signature.interface.inputs[0].nbytes
    asked = [questions.inputs[at : at + each] for at in range(0, len(questions.inputs), each)]
    answers = predict(tflite, signature, asked, workdir=workdir)
    real = _real(answers, signature.outputs[0])
    labels = None if questions.labels is None else np.frombuffer(questions.labels, np.int64)
    found = quantize_score.metrics(real, labels)
    if questions.floats:
        floats = np.frombuffer(questions.floats, np.float32).reshape(len(real), -1)
        found |= quantize_score.agreement(floats, real)
    return found | {"engine": answers.engine}


def _real(answers: Predicted, spec: TensorSpec) -> Floats:
    outputs = answers.outputs.astype(np.float32)
    if spec.dtype == "float32":
        return outputs
    return (outputs - spec.zero_point) * np.float32(spec.scale)
