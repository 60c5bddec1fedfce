"""The jailed child that looks at an int8 model: how good it is on the evaluation dataset, and what
devices will count of it.

Reads a model, facts and datasets in the work folder; its result is metrics and a profile.
"""

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from builds.compiler.errors import CompileError
from builds.jailed.child import run_child
from builds.pipeline.facts import FACTS, REFERENCE, VersionFacts
from builds.pipeline.look.measure import measured
from builds.pipeline.look.predict import ModelSignature, signature_of
from builds.pipeline.look.profile import profile_of
from builds.recipes.quantize.data import evenly, samples
from builds.recipes.quantize.data import questions as questions_of
from builds.recipes.quantize.protocol import SAMPLES, JobFile, Unfit
from builds.recipes.quantize.run import Questions
from fleet.lib.errors import Unprocessable

REFUSED: Final[tuple[type[Exception], ...]] = (CompileError, Unfit, Unprocessable)


def main() -> int:
    """Look at the model of the current folder."""
    return run_child(_work, REFUSED)


def _work() -> dict[str, Any]:
    here = Path.cwd()
    tflite = (here / JobFile.TFLITE).read_bytes()
    told = json.loads((here / FACTS).read_bytes())
    signature = signature_of(tflite)
    asked = _questions(here, signature)
    metrics = measured(tflite, signature, asked, workdir=here) if asked else None
    reference = here / REFERENCE
    profile = profile_of(
        tflite,
        signature,
        VersionFacts(told["model"], told["version"], tuple(told["class_names"])),
        reference if reference.exists() else None,
        samples_max=told["samples_max"],
        workdir=here,
    )
    return {"metrics": metrics, **asdict(profile)}


def _questions(here: Path, signature: ModelSignature) -> Questions | None:
    """Those that were chosen for the float model, or those of the evaluation dataset."""
    if (here / JobFile.INPUTS).exists():
        labels = here / JobFile.LABELS
        known = labels.read_bytes() if labels.exists() else None
        floats = (here / JobFile.FLOATS).read_bytes()
        return Questions((here / JobFile.INPUTS).read_bytes(), known, floats)
    if not (here / JobFile.EVALUATION).exists():
        return None
    spec = asdict(signature.only_input())
    chosen = questions_of(evenly(samples(JobFile.EVALUATION), SAMPLES), spec)
    labelled = chosen.samples.y
    return Questions(chosen.inputs, None if labelled is None else labelled.tobytes(), b"")


if __name__ == "__main__":
    sys.exit(main())
