"""The worker's side of ONNX files: looked at by admission, converted or read for a build.

Guarantees: nothing of the file is parsed in this process; a float model goes through the
environments `onnx` and `litert`, a quantised one through our own reader alone; every failure is one
sentence.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from builds.jailed.environments import ONNX
from builds.jailed.running import ENVIRONMENT, ChildLimits, JailedModule, child
from builds.recipes.quantize.protocol import JobFile
from builds.recipes.quantize.run import MEMORY_BYTES, TFLITE_BYTES, Quantized
from builds.sources.converting import Converting, convert_and_quantise
from builds.sources.onnx.files import ONNX_FILE, OnnxJob

LOOK_SECONDS: Final = 60.0
OWN: Final = "EdgeFleet's reader of ONNX"


def look(data: bytes, folder: Path) -> Mapping[str, Any]:
    """Inputs, outputs and operators of a file. Raises ChildRefused with the sentence."""
    with child(_ours(OnnxJob.LOOK, LOOK_SECONDS), {ONNX_FILE: data}, folder) as left:
        return left.made()


def read_quantised(data: bytes, folder: Path) -> bytes:
    """An int8 `.tflite` with the scales of a quantised ONNX model. Raises ChildRefused."""
    with child(_ours(OnnxJob.READ, LOOK_SECONDS), {ONNX_FILE: data}, folder) as left:
        left.made()
        return left.file(JobFile.TFLITE, TFLITE_BYTES)


def quantize_onnx(
    *,
    onnx_bytes: bytes,
    calibration_npz: bytes,
    evaluation_npz: bytes | None = None,
    workdir: Path,
    deadline_seconds: float,
) -> Quantized:
    """Convert a float model, then make it int8. Raises NotInstalled, ChildRefused."""
    return convert_and_quantise(
        _ours(OnnxJob.CONVERT, deadline_seconds),
        Converting(ONNX, "onnxruntime", ONNX_FILE, onnx_bytes),
        calibration=calibration_npz,
        evaluation=evaluation_npz,
        folder=workdir,
    )


def _ours(job: OnnxJob, seconds: float) -> JailedModule:
    return JailedModule(
        "builds.sources.onnx.child",
        ChildLimits(seconds, MEMORY_BYTES),
        arguments=(job.value,),
        packages=("builds", "registry"),
        environment=ENVIRONMENT,
        engine="The reader of the ONNX file",
    )
