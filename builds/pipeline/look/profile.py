"""What devices count of an int8 model, and what the samples of the reference dataset gave."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from builds.pipeline.facts import Profile, VersionFacts
from builds.pipeline.look.predict import ModelSignature, predict
from builds.recipes.quantize import profile as schema
from fleet.lib.errors import Unprocessable


def profile_of(
    tflite: bytes,
    signature: ModelSignature,
    facts: VersionFacts,
    reference: Path | None,
    *,
    samples_max: int,
    workdir: Path,
) -> Profile:
    """The profile of a model; without a reference dataset, it counts classes only."""
    classes = schema.class_names(facts.class_names, signature.outputs[0])
    samples, labels = _reference(reference, signature, samples_max)
    if samples is None:
        document = _document(facts, classes, {})
        return Profile(document, schema.reference_counts(document, {}, None), {})
    tensors = schema.quantised_samples(samples, signature.inputs[0])
    described = schema.descriptors(tensors, signature.inputs[0].shape)
    asked = [tensor.tobytes() for tensor in tensors] if classes else []
    outputs = predict(tflite, signature, asked, workdir=workdir).outputs if asked else None
    document = _document(facts, classes, described)
    counts = schema.reference_counts(document, described, outputs)
    if outputs is None or labels is None:
        return Profile(document, counts, {})
    return Profile(document, counts, schema.calibration(outputs, labels))


def _document(
    facts: VersionFacts, classes: Sequence[str], described: Mapping[str, schema.Int64]
) -> dict[str, Any]:
    return schema.schema_document(
        model=facts.model, version=facts.version, classes=classes, described=described
    )


def _reference(
    reference: Path | None, signature: ModelSignature, samples_max: int
) -> tuple[Any, Any]:
    """Samples and labels of the reference dataset, evenly thinned; None without one."""
    first = signature.inputs[0]
    if reference is None or len(signature.inputs) != 1 or first.dtype != "int8":
        return None, None
    with np.load(reference, allow_pickle=False) as arrays:
        x = np.asarray(arrays["x"])
        y = np.asarray(arrays["y"]) if "y" in arrays else None
    if x.size != len(x) * first.elements:
        raise Unprocessable(
            f"A reference sample has {x.size // max(len(x), 1)} values, "
            f"the model takes {first.elements}."
        )
    step = -(-len(x) // samples_max)
    return x[::step], None if y is None else y[::step]
