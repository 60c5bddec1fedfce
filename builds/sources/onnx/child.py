"""The jailed children that read ONNX files: one looks, with our own Python; one converts, with the
Python of the environment `onnx`.
"""

import sys
from pathlib import Path
from typing import Any

from builds.jailed.ending import leave_result
from builds.recipes.quantize.protocol import JobFile, Unfit
from builds.sources.classical.centres import outline
from builds.sources.classical.readers.onnx_ml import has_trees, read_trees
from builds.sources.onnx.files import ONNX_FILE, OnnxJob
from builds.sources.onnx.plain import plain
from fleet.lib.errors import Refused, TooLarge
from registry.files.onnx.model import OnnxModel
from registry.files.onnx.outline import checked, io_schema


def main(argv: list[str]) -> int:
    """Do one job in the current folder."""
    jobs = {OnnxJob.LOOK: _look, OnnxJob.CONVERT: _convert, OnnxJob.READ: _read}
    return leave_result(jobs[OnnxJob(argv[1])], refused=(Unfit, Refused, TooLarge))


def _model() -> OnnxModel:
    return checked(Path(ONNX_FILE).read_bytes())


def _look() -> dict[str, Any]:
    model = _model()
    if has_trees(model):
        return outline(read_trees(model))
    outputs = plain(model)
    return {"io_schema": io_schema(outputs), "ops": model.ops}


def _read() -> dict[str, Any]:
    from builds.sources.onnx.quantised.read import as_tflite  # noqa: PLC0415 - loads the compiler

    Path(JobFile.TFLITE).write_bytes(as_tflite(_model()))
    return {}


def _convert() -> dict[str, Any]:
    from builds.sources.onnx.convert import convert  # noqa: PLC0415 - runs in another Python

    return convert(plain(_model()))


if __name__ == "__main__":
    sys.exit(main(sys.argv))
