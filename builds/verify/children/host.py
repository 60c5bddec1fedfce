"""Run a model's shared object on this machine's own processor.

Started by path with one argument, the folder of the request; see `builds.verify.child`.
"""

import ctypes
import json
import platform
import sys
from pathlib import Path


def main() -> int:
    """Load `libmodel.so` and feed every vector through it."""
    folder = Path(sys.argv[1])
    request = json.loads((folder / "request.json").read_text())
    model = ctypes.CDLL(str(folder / "libmodel.so"))
    model.ef_input.restype = ctypes.c_void_p
    model.ef_output.restype = ctypes.c_void_p
    if model.ef_init() != 0:
        sys.stderr.write("ef_init did not answer 0" + "\n")
        return 1
    data = (folder / "inputs.bin").read_bytes()
    at, outputs = 0, []
    for vector in range(request["vectors"]):
        for index, size in enumerate(request["input_bytes"]):
            ctypes.memmove(model.ef_input(index), data[at : at + size], size)
            at += size
        if model.ef_invoke() != 0:
            sys.stderr.write(f"ef_invoke did not answer 0 for vector {vector}" + "\n")
            return 1
        outputs += [
            ctypes.string_at(model.ef_output(index), size)
            for index, size in enumerate(request["output_bytes"])
        ]
    (folder / "outputs.bin").write_bytes(b"".join(outputs))
    answer = {"engine": f"{request['compiler']} {platform.machine()}"}
    (folder / "answer.json").write_text(json.dumps(answer))
    return 0


if __name__ == "__main__":
    sys.exit(main())
