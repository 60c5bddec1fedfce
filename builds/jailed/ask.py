"""The protocol between a jailed child and its worker: one question, one answer, each a JSON file.

The child writes ASK into its work folder and the line `ask` on its stdout. The worker runs the
tool, leaves ANSWER and the files that it made in a folder that the child can only read, and writes
a byte to the child's stdin.

Guarantees: what a child writes is refused unless every member is there, of its type and in bounds;
folders are names below the work folder, and never lead out of it.
"""

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

ASK: Final = "ask.json"
ANSWER: Final = "answer.json"
LINE: Final = "ask"
CACHE: Final = "cache"  # the child's folder for what tools may reuse
ASK_BYTES: Final = 1024 * 1024
ANSWER_BYTES: Final = 4 * 1024 * 1024
ASKS_MAX: Final = 4000  # of one child; a build takes some tens
ARGUMENTS_MAX: Final = 4096
ARGUMENT_CHARS: Final = 64 * 1024
FOLDERS_MAX: Final = 16
FOLDER_DEPTH: Final = 16
DEADLINE_SECONDS: Final = 600.0  # the most that a tool may be given
ADDRESS_BYTES: Final = 64 * 1024**3  # of address space; what is touched has its own bound
NO_STEPS: Final = frozenset({"", ".", ".."})


class BadAsk(Exception):
    """A child asked for what no child of ours asks."""


@dataclass(frozen=True)
class Ask:
    """A tool that is to be run."""

    tool: str  # one of builds.jailed.tools
    script: str  # which of our scripts, where the tool is Python
    arguments: tuple[str, ...]
    folder: str | None  # below the work folder, where it runs and writes; an empty one if None
    reads: tuple[str, ...]  # folders below the work folder whose files it reads
    deadline_seconds: float
    memory_bytes: int | None
    processes: bool


@dataclass(frozen=True)
class ToolAnswer:
    """How the tool ended; `failed` names an error of the toolchain, and `stderr` is its text."""

    number: int
    code: int = 0
    stdout: str = ""
    stderr: str = ""
    failed: str = ""
    files: tuple[str, ...] = field(default=())  # made or changed in `folder`


def dump(message: Ask | ToolAnswer) -> bytes:
    """As it travels."""
    return json.dumps(asdict(message)).encode()


def parse_ask(data: bytes | None) -> Ask:
    """Raises BadAsk."""
    found = _object(data)
    return Ask(
        tool=_text(found, "tool"),
        script=_text(found, "script"),
        arguments=_texts(found, "arguments", ARGUMENTS_MAX),
        folder=None if found.get("folder") is None else _folder(_text(found, "folder")),
        reads=tuple(_folder(name) for name in _texts(found, "reads", FOLDERS_MAX)),
        deadline_seconds=_number(found, "deadline_seconds", DEADLINE_SECONDS),
        memory_bytes=None
        if found.get("memory_bytes") is None
        else int(_number(found, "memory_bytes", ADDRESS_BYTES)),
        processes=found.get("processes") is True,
    )


def parse_answer(data: bytes) -> ToolAnswer:
    """What our own worker wrote."""
    found = json.loads(data)
    return ToolAnswer(**found | {"files": tuple(found["files"])})


def steps(folder: str) -> tuple[str, ...]:
    """The folders on the way to one below the work folder."""
    return Path(folder).parts


def _object(data: bytes | None) -> Mapping[str, Any]:
    try:
        found = json.loads(data or b"")
    except (ValueError, RecursionError):
        raise BadAsk("An ask is not JSON.") from None
    if not isinstance(found, dict):
        raise BadAsk("An ask is an object.")
    return found


def _text(found: Mapping[str, Any], name: str) -> str:
    return _word(found.get(name), name)


def _word(value: Any, name: str) -> str:
    if not isinstance(value, str) or len(value) > ARGUMENT_CHARS or "\0" in value:
        raise BadAsk(f"{name} of an ask is not a text in bounds.")
    return value


def _texts(found: Mapping[str, Any], name: str, most: int) -> tuple[str, ...]:
    values = found.get(name)
    if not isinstance(values, list) or len(values) > most:
        raise BadAsk(f"{name} of an ask is not a list of at most {most}.")
    return tuple(_word(value, name) for value in values)


def _folder(name: str) -> str:
    parts = name.split("/")
    if len(parts) > FOLDER_DEPTH or not NO_STEPS.isdisjoint(parts):
        raise BadAsk(f"An ask names a folder that is not below its own: {name[:64]!r}.")
    return name


def _number(found: Mapping[str, Any], name: str, most: float) -> float:
    value: Any = found.get(name)
    if type(value) not in {int, float} or not math.isfinite(value) or not 0 < value <= most:
        raise BadAsk(f"{name} of an ask is not a number up to {most:g}.")
    return float(value)
