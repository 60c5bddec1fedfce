"""Run a linked WebAssembly module with the `wasmtime` package.

Started by path with one argument, the folder of the request; see `builds.verify.child`.
"""

import json
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

UNAVAILABLE_EXIT = 69

try:
    import wasmtime
except ImportError as failure:
    sys.stderr.write(f"the Python package 'wasmtime' is not usable here: {failure}\n")
    sys.exit(UNAVAILABLE_EXIT)


def main() -> int:
    """Feed every vector through the module."""
    folder = Path(sys.argv[1])
    request = json.loads((folder / "request.json").read_text())
    store = wasmtime.Store()
    module = wasmtime.Module(store.engine, (folder / "model.wasm").read_bytes())
    exports: Any = wasmtime.Instance(store, module, []).exports(store)
    memory = exports["memory"]
    if exports["ef_init"](store) != 0:
        sys.stderr.write("ef_init did not answer 0\n")
        return 1
    data = (folder / "inputs.bin").read_bytes()
    at, outputs = 0, []
    for vector in range(request["vectors"]):
        for index, size in enumerate(request["input_bytes"]):
            memory.write(store, data[at : at + size], exports["ef_input"](store, index))
            at += size
        if exports["ef_invoke"](store) != 0:
            sys.stderr.write(f"ef_invoke did not answer 0 for vector {vector}\n")
            return 1
        for index, size in enumerate(request["output_bytes"]):
            address = exports["ef_output"](store, index)
            outputs.append(bytes(memory.read(store, address, address + size)))
    (folder / "outputs.bin").write_bytes(b"".join(outputs))
    answer = {"engine": f"wasmtime {version('wasmtime')}"}
    (folder / "answer.json").write_text(json.dumps(answer))
    return 0


if __name__ == "__main__":
    sys.exit(main())
