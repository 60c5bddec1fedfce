"""Run a model in the TensorFlow Lite Micro interpreter of the `tflite_micro` package.

Started by path with one argument, the folder of the request; see `builds.verify.child`.
"""

import json
import os
import sys
from importlib.metadata import version
from pathlib import Path

ARENA_BYTES = 64 * 1024 * 1024
UNAVAILABLE_EXIT = 69

try:
    import numpy as np
    from tflite_micro import runtime
except ImportError as failure:
    sys.stderr.write(f"the Python package 'tflite-micro' is not usable here: {failure}\n")
    sys.exit(UNAVAILABLE_EXIT)


def main() -> int:
    """Feed every vector through one interpreter."""
    folder = Path(sys.argv[1])
    request = json.loads((folder / "request.json").read_text())
    model = (folder / "model.tflite").read_bytes()
    interpreter = runtime.Interpreter.from_bytes(model, arena_size=ARENA_BYTES)
    data = memoryview((folder / "inputs.bin").read_bytes())
    at, outputs = 0, []
    for _ in range(request["vectors"]):
        for index, size in enumerate(request["input_bytes"]):
            details = interpreter.get_input_details(index)
            values = np.frombuffer(data[at : at + size], dtype=details["dtype"])
            interpreter.set_input(values.reshape(tuple(details["shape"])), index)
            at += size
        interpreter.invoke()
        outputs += [
            np.ascontiguousarray(interpreter.get_output(index)).tobytes()
            for index in range(len(request["output_bytes"]))
        ]
    (folder / "outputs.bin").write_bytes(b"".join(outputs))
    answer = {"engine": f"tflite-micro {version('tflite_micro')}"}
    (folder / "answer.json").write_text(json.dumps(answer))
    sys.stdout.flush()
    # The interpreter's destructors have nothing to save, and a broken model may trip them.
    os._exit(0)


if __name__ == "__main__":
    sys.exit(main())
