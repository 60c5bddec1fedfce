"""Run one engine's script in a child process and take its outputs.

Guarantees: the child runs in the jail, with one private folder and no secrets, is bounded in time
and memory, and whatever it does (crash, endless loop, short or wrong answer) becomes EngineFailed,
never an exception of another kind.
"""

import json
import signal
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from builds.toolchain import ToolFailed, ToolTimeout
from builds.toolchain.run import Folders, run
from builds.verify.errors import EngineAborted, EngineFailed, EngineUnavailable
from builds.verify.interface import Interface
from fleet.lib.trees import read_output

CHILDREN = Path(__file__).parent / "children"
MEMORY_MAX = 2 * 1024**3  # bytes of address space of one engine
ANSWER_MAX = 64 * 1024  # bytes of JSON
UNAVAILABLE_EXIT = 69  # the script's package is not installed
SHOWN_MAX = 300  # characters of a child's last words


@dataclass(frozen=True)
class EngineAnswer:
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
) -> EngineAnswer:
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
        # Only to find out which inputs end it, an engine makes copies of itself.
        copies = bool(options.get("probe"))
        _run(script, folder, deadline_seconds, memory_bytes, copies=copies)
        return _answer(script, folder, interface, len(inputs))


def _run(
    script: str, folder: Path, deadline_seconds: float, memory_bytes: int, *, copies: bool
) -> None:
    # -I: neither the caller's folder nor its environment decides what the child imports.
    argv: list[str | Path] = [sys.executable, "-I", CHILDREN / f"{script}.py", folder]
    env = {"OPENBLAS_NUM_THREADS": "1", "PYTHONDONTWRITEBYTECODE": "1"}
    try:
        done = run(
            argv,
            cwd=folder,
            env=env,
            deadline_seconds=deadline_seconds,
            memory_bytes=memory_bytes,
            folders=Folders(readable=[CHILDREN]),
            processes=copies,
        )
    except (ToolTimeout, ToolFailed) as error:
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


def _answer(script: str, folder: Path, interface: Interface, vectors: int) -> EngineAnswer:
    stride = sum(interface.output_bytes)
    outputs = read_output(folder, "outputs.bin", limit_bytes=stride * vectors)
    facts = _facts(folder)
    if outputs is None or facts is None:
        raise EngineFailed(f"{script} ended without an answer, or with too long a one")
    if len(outputs) != stride * vectors:
        raise EngineFailed(f"{script} gave {len(outputs)} output bytes, not {stride * vectors}")
    return EngineAnswer([outputs[at * stride : (at + 1) * stride] for at in range(vectors)], facts)


def _facts(folder: Path) -> dict[str, Any] | None:
    data = read_output(folder, "answer.json", limit_bytes=ANSWER_MAX)
    try:
        facts = json.loads(data or b"")
    except (ValueError, RecursionError):
        return None
    return facts if isinstance(facts, dict) else None
