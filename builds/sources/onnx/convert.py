"""Inside the jailed child, in the environment `onnx`: a float ONNX model becomes a `.tflite`."""

import io
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any, Final

import numpy as np

from builds.recipes.quantize.data import Floats
from builds.recipes.quantize.protocol import Unfit
from builds.sources.floats import Answer, beside
from builds.sources.onnx.write import write
from registry.files.onnx.model import OnnxModel
from registry.files.onnx.outline import channel_last, shape_here

PLAIN: Final = "plain.onnx"
OUT: Final = "converted"


def convert(model: OnnxModel) -> dict[str, Any]:
    """Convert and measure; give the report. Raises Unfit."""
    if len(model.inputs) != 1:
        raise Unfit(f"Only models with one input are quantised; this has {len(model.inputs)}.")
    data = write(model)
    return beside(
        shape_here(model.inputs[0], model),
        "onnx2tf",
        lambda: _converted(data, model),
        lambda: _onnxruntime(data, model),
    )


def _converted(data: bytes, model: OnnxModel) -> bytes:
    import onnx2tf  # noqa: PLC0415 - in its own environment alone

    Path(PLAIN).write_bytes(data)
    kept = [value.name for value in model.inputs if not channel_last(value, model)]
    try:
        with redirect_stdout(io.StringIO()):
            onnx2tf.convert(
                input_onnx_file_path=PLAIN,
                output_folder_path=OUT,
                batch_size=1,
                keep_shape_absolutely_input_names=kept or None,
                non_verbose=True,
            )
    except (Exception, SystemExit) as error:
        reason = " ".join(str(error).split())[:300] or type(error).__name__
        raise Unfit(f"onnx2tf cannot convert this model: {reason}") from error
    found = sorted(Path(OUT).glob("*_float32.tflite"))
    if len(found) != 1:
        raise Unfit("onnx2tf made no float model of this one.")
    return found[0].read_bytes()


def _onnxruntime(data: bytes, model: OnnxModel) -> Answer:
    import onnxruntime  # noqa: PLC0415 - in its own environment alone

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 4
    try:
        session = onnxruntime.InferenceSession(data, options, providers=["CPUExecutionProvider"])
    except Exception as error:
        reason = " ".join(str(error).split())[:300]
        raise Unfit(f"ONNX Runtime cannot run this model: {reason}") from error
    (value,) = model.inputs
    last, name = channel_last(value, model), value.name

    def answer(x: Floats) -> Floats:
        turned = np.ascontiguousarray(np.moveaxis(x, -1, 1) if last else x)
        found = [session.run(None, {name: turned[i : i + 1]})[0] for i in range(len(x))]
        return np.concatenate([np.asarray(f, np.float32).reshape(1, -1) for f in found])

    return answer
