"""Find what TensorFlow Lite Micro needs for a model: arena, operators, variables.

Started by path with one argument, the folder that holds `model.tflite`; writes `answer.json`.
"""

import json
import os
import sys
from importlib.metadata import version
from pathlib import Path

UNAVAILABLE_EXIT = 69
ALIGNMENT = 16  # bytes: TFLM aligns the arena's parts to it
LARGEST = 64 * 1024 * 1024  # bytes

try:
    from tflite_micro import runtime
except ImportError as failure:
    sys.stderr.write(f"the Python package 'tflite-micro' is not usable here: {failure}\n")
    sys.exit(UNAVAILABLE_EXIT)


def takes(model: bytes, units: int) -> bool:
    """Whether the interpreter can be prepared, and run, in this many units."""
    try:
        runtime.Interpreter.from_bytes(model, arena_size=units * ALIGNMENT).invoke()
    except RuntimeError:
        return False
    return True


def smallest(model: bytes) -> int | None:
    """By doubling, then halving the gap; None where even the largest is too small."""
    high = 64
    while not takes(model, high):
        high *= 2
        if high * ALIGNMENT > LARGEST:
            return None
    low = high // 2 if high > 64 else 0
    while high - low > 1:
        middle = (low + high) // 2
        if takes(model, middle):
            high = middle
        else:
            low = middle
    return high * ALIGNMENT


def operators(model: bytes) -> list[str]:
    """The operators of all subgraphs, by name."""
    read = runtime.convert_bytearray_to_object(model)
    names = {code: name for name, code in vars(runtime.schema_fb.BuiltinOperator).items()}
    used = {op.opcodeIndex for graph in read.subgraphs for op in graph.operators or ()}
    codes = [runtime.get_builtin_code_from_operator_code(read.operatorCodes[at]) for at in used]
    return sorted({names[code] for code in codes})


def main() -> int:
    """Measure one model."""
    folder = Path(sys.argv[1])
    model = (folder / "model.tflite").read_bytes()
    answer = {
        "arena_bytes": smallest(model),
        "operators": operators(model),
        "variables": runtime.count_resource_variables(model),
        "engine": f"tflite-micro {version('tflite_micro')}",
    }
    (folder / "answer.json").write_text(json.dumps(answer))
    sys.stdout.flush()
    # The interpreter's destructors have nothing to save, and a broken model may trip them.
    os._exit(0)


if __name__ == "__main__":
    sys.exit(main())
