"""The worker's side of looking at an int8 model: a jailed child does it, and what it found is
checked.

Guarantees: the worker reads no byte of the model or of a dataset; figures are numbers in bounds;
the schema is one that devices read, for this model and version, and the counts fit it.
"""

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from builds.jailed.errors import ChildLost
from builds.jailed.running import BUILD_LIMITS, JailedModule, child
from builds.pipeline.facts import FACTS, REFERENCE, Profile, VersionFacts
from builds.recipes.quantize.protocol import JobFile
from builds.recipes.quantize.run import Questions
from device_agent.protocol.errors import ProtocolError
from device_agent.protocol.schema import CONFIDENCE_BINS, parse_schema
from fleet.lib.text import fault

LOOK: Final = JailedModule(
    "builds.pipeline.look.child",
    BUILD_LIMITS,
    packages=("builds", "device_agent"),
    tools=True,
)
FIGURES: Final = frozenset({"accuracy", "agreement", "mean_abs_error"})
SAMPLES_MAX: Final = 10**9
ENGINE_CHARS: Final = 200
COUNT_MAX: Final = 2**53


@dataclass(frozen=True)
class LookDatasets:
    """What the model is measured with; `questions` are those that its float model was asked."""

    questions: Questions | None = None
    evaluation: bytes | None = None
    reference: bytes | None = None


@dataclass(frozen=True)
class ModelLook:
    """What was found of a model; no metrics where there was nothing to measure it with."""

    metrics: dict[str, Any] | None
    profile: Profile


def look_at(
    tflite: bytes, facts: VersionFacts, datasets: LookDatasets, *, samples_max: int, folder: Path
) -> ModelLook:
    """Look at an int8 model; raises ChildRefused with one sentence for what cannot be used."""
    told = json.dumps({**asdict(facts), "samples_max": samples_max}).encode()
    inputs = {JobFile.TFLITE.value: tflite, FACTS: told, **_files(datasets)}
    with child(LOOK, inputs, folder) as left:
        found = left.made()
        return ModelLook(_metrics(found.get("metrics")), _profile(found, facts))


def _files(datasets: LookDatasets) -> dict[str, bytes]:
    asked = datasets.questions
    found: dict[str, bytes | None] = {
        JobFile.EVALUATION.value: datasets.evaluation,
        REFERENCE: datasets.reference,
    }
    if asked:
        found[JobFile.INPUTS.value] = asked.inputs
        found[JobFile.FLOATS.value] = asked.floats
        found[JobFile.LABELS.value] = asked.labels
    return {name: data for name, data in found.items() if data is not None}


def _metrics(found: Any) -> dict[str, Any] | None:
    match found:
        case None:
            return None
        case {"samples": int(count), "engine": str(engine), **figures} if (
            0 < count <= SAMPLES_MAX
            and len(engine) <= ENGINE_CHARS
            and not fault(engine)
            and figures.keys() <= FIGURES
            and all(isinstance(n, float) and math.isfinite(n) for n in figures.values())
        ):
            return dict(found)
    raise ChildLost("The child that looks at the model left no metrics.")


def _profile(found: Mapping[str, Any], facts: VersionFacts) -> Profile:
    document = found.get("document")
    try:
        schema = parse_schema(document)
    except (ProtocolError, RecursionError):
        raise ChildLost("The child that looks at the model left no schema.") from None
    if (schema.model, schema.version) != (facts.model, facts.version):
        raise ChildLost("The child that looks at the model left another's schema.")
    calibration = found.get("calibration")
    lengths = {
        "total": CONFIDENCE_BINS,
        "correct": CONFIDENCE_BINS,
        "confusion": len(schema.classes) ** 2,
    }
    fits = isinstance(calibration, dict) and (
        not calibration
        or (
            calibration.keys() == lengths.keys()
            and all(_counts(values, lengths[name]) for name, values in calibration.items())
        )
    )
    counts = found.get("counts")
    if not fits or not _counts(counts, schema.layout.total):
        raise ChildLost("The child that looks at the model left counts that fit no schema.")
    return Profile(dict(found["document"]), list(found["counts"]), dict(found["calibration"]))


def _counts(values: Any, length: int) -> bool:
    return (
        isinstance(values, list)
        and len(values) == length
        and all(type(n) is int and 0 <= n <= COUNT_MAX for n in values)
    )
