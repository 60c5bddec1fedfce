"""Run a model in the TensorFlow Lite Micro interpreter of the `tflite_micro` package.

A model that the interpreter does not take, or whose first run it refuses, is one that this engine
cannot answer for; it says so, with the interpreter's own words, and the others prove alone. Where
the request asks to `probe` for them, inputs on which the interpreter aborts are left out.

Started by path with one argument, the folder of the request; see `builds.verify.child`.
"""

import json
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import IO

ARENA_BYTES = 64 * 1024 * 1024
UNAVAILABLE_EXIT = 69
REFUSALS = ("failed to allocate tensors", "invocation failed")  # of models that are well-formed


def take_functions(folder: Path) -> None:
    """Begin anew with the functions of the request's library in place of the C library's."""
    library = folder / "functions.so"
    if library.exists() and "LD_PRELOAD" not in os.environ:
        argv = [sys.executable, "-I", __file__, str(folder)]
        os.execve(sys.executable, argv, {**os.environ, "LD_PRELOAD": str(library)})  # noqa: S606


if __name__ == "__main__":
    take_functions(Path(sys.argv[1]))

try:
    import numpy as np
    from tflite_micro import runtime
except ImportError as failure:
    sys.stderr.write(f"the Python package 'tflite-micro' is not usable here: {failure}\n")
    sys.exit(UNAVAILABLE_EXIT)


@contextmanager
def refusals_end_the_run(heard: IO[bytes]) -> Iterator[None]:
    """Keep what the interpreter prints, and end with it when the interpreter gives up."""
    sys.stderr.flush()
    kept = os.dup(2)
    os.dup2(heard.fileno(), 2)
    try:
        yield
    except RuntimeError as error:
        if not any(words in str(error) for words in REFUSALS):
            raise
        heard.seek(0)
        said = heard.read().decode("utf-8", "replace").strip().splitlines()
        reason = said[0] if said else str(error)
        os.write(kept, f"TensorFlow Lite Micro does not run this model: {reason}\n".encode())
        os._exit(UNAVAILABLE_EXIT)
    finally:
        os.dup2(kept, 2)
        os.close(kept)


def survives(interpreter: "runtime.Interpreter") -> bool:
    """Whether the interpreter gets through the vector that it holds; a copy of the process tries.

    It aborts where a check of its own fails, as in a SOFTMAX of a thousand equal values.
    """
    copy = os.fork()
    if copy == 0:
        try:
            interpreter.invoke()
        finally:
            os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(copy, 0)[1]) != -signal.SIGABRT


def main() -> int:
    """Feed every vector through one interpreter."""
    folder = Path(sys.argv[1])
    request = json.loads((folder / "request.json").read_text())
    model = (folder / "model.tflite").read_bytes()
    data = memoryview((folder / "inputs.bin").read_bytes())
    at, outputs = 0, []
    skipped: list[int] = []
    with (folder / "heard.txt").open("w+b") as heard:
        with refusals_end_the_run(heard):
            interpreter = runtime.Interpreter.from_bytes(model, arena_size=ARENA_BYTES)
        for vector in range(request["vectors"]):
            for index, size in enumerate(request["input_bytes"]):
                details = interpreter.get_input_details(index)
                values = np.frombuffer(data[at : at + size], dtype=details["dtype"])
                interpreter.set_input(values.reshape(tuple(details["shape"])), index)
                at += size
            lost = skipped and request["stateful"]  # what it would have kept, nobody knows
            if request["probe"] and (lost or not survives(interpreter)):
                skipped.append(vector)
                outputs.append(bytes(sum(request["output_bytes"])))
                continue
            if vector == 0:
                with refusals_end_the_run(heard):
                    interpreter.invoke()
            else:
                interpreter.invoke()
            outputs += [
                np.ascontiguousarray(interpreter.get_output(index)).tobytes()
                for index in range(len(request["output_bytes"]))
            ]
    (folder / "outputs.bin").write_bytes(b"".join(outputs))
    own = " with the build's own functions" if "LD_PRELOAD" in os.environ else ""
    answer = {"engine": f"tflite-micro {version('tflite_micro')}{own}", "skipped": skipped}
    (folder / "answer.json").write_text(json.dumps(answer))
    sys.stdout.flush()
    # The interpreter's destructors have nothing to save, and a broken model may trip them.
    os._exit(0)


if __name__ == "__main__":
    sys.exit(main())
