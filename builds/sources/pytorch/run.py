"""The worker's side of `.pt2` files: looked at by admission, converted for a build.

Guarantees: nothing of the file is parsed in this process; every failure is one sentence.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from builds.jailed.environments import PYTORCH
from builds.jailed.running import ENVIRONMENT, ChildLimits, JailedModule, child
from builds.recipes.quantize.run import MEMORY_BYTES, Quantized
from builds.sources.converting import Converting, convert_and_quantise
from builds.sources.pytorch.files import PT2_FILE, Pt2Job

LOOK_SECONDS: Final = 60.0
# It keeps everything that it may reuse in the work folder, and finds no device but the processor.
QUIET: Final = {**ENVIRONMENT, "JAX_PLATFORMS": "cpu", "TF_CPP_MIN_LOG_LEVEL": "3"}


def look(data: bytes, folder: Path) -> Mapping[str, Any]:
    """Inputs, outputs and operators of a file. Raises ChildRefused with the sentence."""
    with child(_ours(Pt2Job.LOOK, LOOK_SECONDS), {PT2_FILE: data}, folder) as left:
        return left.made()


def quantize_pt2(
    *,
    pt2_bytes: bytes,
    calibration_npz: bytes,
    evaluation_npz: bytes | None = None,
    workdir: Path,
    deadline_seconds: float,
) -> Quantized:
    """Convert a float model, then make it int8. Raises NotInstalled, ChildRefused."""
    return convert_and_quantise(
        _ours(Pt2Job.CONVERT, deadline_seconds),
        Converting(PYTORCH, "torch", PT2_FILE, pt2_bytes),
        calibration=calibration_npz,
        evaluation=evaluation_npz,
        folder=workdir,
    )


def _ours(job: Pt2Job, seconds: float) -> JailedModule:
    return JailedModule(
        "builds.sources.pytorch.child",
        ChildLimits(seconds, MEMORY_BYTES),
        arguments=(job.value,),
        packages=("builds", "registry"),
        environment=QUIET,
        engine="The reader of the .pt2 file",
    )
