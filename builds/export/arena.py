"""What TensorFlow Lite Micro needs for a model, as its own interpreter measures and reads it.

Guarantees: the interpreter runs in a jailed child with a deadline and a memory limit; whatever it
does becomes NotMeasured with one sentence.
"""

import json
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from builds.export.errors import NotMeasured
from builds.toolchain import ToolFailed, ToolTimeout
from builds.toolchain.run import Folders, run
from fleet.lib.trees import read_output

CHILD = Path(__file__).parent / "children" / "arena.py"
DEADLINE_SECONDS = 120.0
MEMORY_MAX = 2 * 1024**3  # bytes of address space
ANSWER_MAX = 1024**2  # bytes of JSON
SHOWN_MAX = 300  # characters of a child's last words


@dataclass(frozen=True)
class Measured:
    """What was found, and by whom."""

    arena_bytes: int
    operators: tuple[str, ...]  # of all subgraphs
    variables: int
    engine: str


def measure_arena(model: bytes) -> Measured:
    """Ask the interpreter."""
    with tempfile.TemporaryDirectory(prefix="edgefleet-arena-") as name:
        folder = Path(name)
        (folder / "model.tflite").write_bytes(model)
        _ask(folder)
        try:
            answer = json.loads(read_output(folder, "answer.json", limit_bytes=ANSWER_MAX) or b"")
        except (ValueError, RecursionError):
            raise NotMeasured("TensorFlow Lite Micro ended without an answer.") from None
    if answer["arena_bytes"] is None:
        raise NotMeasured("TensorFlow Lite Micro does not take this model with any arena.")
    return Measured(
        arena_bytes=int(answer["arena_bytes"]),
        operators=tuple(answer["operators"]),
        variables=int(answer["variables"]),
        engine=str(answer["engine"]),
    )


def _ask(folder: Path) -> None:
    argv: list[str | Path] = [sys.executable, "-I", CHILD, folder]
    env = {"OPENBLAS_NUM_THREADS": "1", "PYTHONDONTWRITEBYTECODE": "1"}
    try:
        done = run(
            argv,
            cwd=folder,
            env=env,
            deadline_seconds=DEADLINE_SECONDS,
            memory_bytes=MEMORY_MAX,
            folders=Folders(readable=[CHILD.parent]),
            processes=False,
        )
    except ToolFailed as error:
        raise NotMeasured(f"TensorFlow Lite Micro could not measure the arena: {error}.") from None
    except ToolTimeout:
        raise NotMeasured(
            f"TensorFlow Lite Micro did not end within {DEADLINE_SECONDS:g} seconds."
        ) from None
    if done.returncode != 0:
        last = (done.stderr.strip().splitlines() or ["it printed nothing"])[-1][:SHOWN_MAX]
        raise NotMeasured(f"TensorFlow Lite Micro could not measure the arena: {last}.")
