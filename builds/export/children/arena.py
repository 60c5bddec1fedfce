"""Find the smallest arena with which TensorFlow Lite Micro takes a model.

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


def main() -> int:
    """Measure one model."""
    folder = Path(sys.argv[1])
    arena = smallest((folder / "model.tflite").read_bytes())
    answer = {"arena_bytes": arena, "engine": f"tflite-micro {version('tflite_micro')}"}
    (folder / "answer.json").write_text(json.dumps(answer))
    sys.stdout.flush()
    # The interpreter's destructors have nothing to save, and a broken model may trip them.
    os._exit(0)


if __name__ == "__main__":
    sys.exit(main())
