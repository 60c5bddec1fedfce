"""Run one engine's script in a child process and take its outputs.

Guarantees: the child gets one private folder and no secrets, is bounded in time and memory, and
whatever it does (crash, endless loop, short or wrong answer) becomes EngineFailed, never an
exception of another kind.
"""

import json
import signal
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from builds.toolchain.errors import ToolTimeout
from builds.toolchain.run import run
from builds.verify.errors import EngineAborted, EngineFailed, EngineUnavailable
from builds.verify.interface import Interface

CHILDREN = Path(__file__).parent / "children"
MEMORY_MAX = 2 * 1024**3  # bytes of address space of one engine
ANSWER_MAX = 64 * 1024  # bytes of JSON
UNAVAILABLE_EXIT = 69  # the script's package is not installed
SHOWN_MAX = 300  # characters of a child's last words


@dataclass(frozen=True)
class Answer:
    """What an engine gave back."""

    outputs: list[bytes]  # one a vector: all outputs, one after the other
    facts: Mapping[str, Any]


def run_engine(
    script: str,
    interface: Interface,
    inputs: Sequence[bytes],
    *,
    files: Mapping[str, bytes],
    options: Mapping[str, Any],
    deadline_seconds: float,
    memory_bytes: int = MEMORY_MAX,
) -> Answer:
    """Run `children/<script>.py` over the inputs in a folder that holds `files`."""
    request = {
        "input_bytes": interface.input_bytes,
        "output_bytes": interface.output_bytes,
        "vectors": len(inputs),
        **options,
    }
    with tempfile.TemporaryDirectory(prefix="edgefleet-engine-") as name:
        folder = Path(name)
        (folder / "request.json").write_text(json.dumps(request))
        (folder / "inputs.bin").write_bytes(b"".join(inputs))
        for file, data in files.items():
            (folder / file).write_bytes(data)
        _run(script, folder, deadline_seconds, memory_bytes)
        return _answer(script, folder, interface, len(inputs))


def _run(script: str, folder: Path, deadline_seconds: float, memory_bytes: int) -> None:
    # -I: neither the caller's folder nor its environment decides what the child imports.
    argv: list[str | Path] = [sys.executable, "-I", CHILDREN / f"{script}.py", folder]
    env = {"OPENBLAS_NUM_THREADS": "1", "PYTHONDONTWRITEBYTECODE": "1"}
    try:
        done = run(
            argv, cwd=folder, env=env, deadline_seconds=deadline_seconds, memory_bytes=memory_bytes
        )
    except ToolTimeout as error:
        raise EngineFailed(f"{script}: {error}") from None
    if done.returncode == UNAVAILABLE_EXIT:
        raise EngineUnavailable(_last_line(done.stderr))
    if done.returncode == -signal.SIGABRT:
        raise EngineAborted(f"{script} aborted while it ran the model: {_last_line(done.stderr)}")
    if done.returncode != 0:
        ended = f"signal {-done.returncode}" if done.returncode < 0 else _last_line(done.stderr)
        raise EngineFailed(f"{script} broke while it ran the model: {ended}")


def _last_line(text: str) -> str:
    lines = text.strip().splitlines()
    return lines[-1][:SHOWN_MAX] if lines else "it printed nothing"


def _answer(script: str, folder: Path, interface: Interface, vectors: int) -> Answer:
    try:
        outputs = (folder / "outputs.bin").read_bytes()
        with (folder / "answer.json").open("rb") as file:
            facts = json.loads(file.read(ANSWER_MAX))
    except (OSError, ValueError):
        raise EngineFailed(f"{script} ended without an answer") from None
    stride = sum(interface.output_bytes)
    if len(outputs) != stride * vectors:
        raise EngineFailed(f"{script} gave {len(outputs)} output bytes, not {stride * vectors}")
    return Answer([outputs[at * stride : (at + 1) * stride] for at in range(vectors)], facts)
