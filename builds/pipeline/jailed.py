"""The worker's side of a build: the stages run in a jailed child, and what it left is checked.

Guarantees: the worker reads no byte of the model, of the code made from it, or of a dataset; stages
come in their order, each once; files have plain names and known kinds; the report holds the members
that pages read, each of its type, in texts that a database holds.
"""

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from builds.choices import ArtifactKind
from builds.jailed.errors import ChildLost
from builds.jailed.running import BUILD_LIMITS, JailedModule, Left, child
from builds.pipeline.facts import MODEL, ORDER, OUT
from builds.pipeline.stages.order import (
    BuildFile,
    BuildOrder,
    StageLog,
    StageResults,
    Unsigned,
)
from builds.pipeline.stages.table import JAILED
from fleet.lib.errors import Refused
from fleet.lib.text import require_storable

STAGES: Final = JailedModule(
    "builds.pipeline.stages.child",
    BUILD_LIMITS,
    packages=("builds", "device_agent"),
    tools=True,
)
FILES: Final = 64
FILE_BYTES: Final = 512 * 1024**2
TEXT_CHARS: Final = 500  # of a stage's line
FILENAME: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,95}", re.ASCII)
ABI: Final = re.compile(r"(?:[0-9a-f]{2}){0,64}", re.ASCII)
SECONDS: Final = re.compile(r"\d{1,6}\.\d{3}", re.ASCII)
IMAGES: Final = frozenset({ArtifactKind.IMAGE, ArtifactKind.CODE, ArtifactKind.WEIGHTS})
FILE_KINDS: Final = frozenset(
    {
        *(ArtifactKind.LIBRARY, ArtifactKind.SOURCES, ArtifactKind.GOLDEN, ArtifactKind.SCHEMA),
        *(ArtifactKind.WEIGHTS, ArtifactKind.BUNDLE),
    }
)
MEMBERS: Final[Mapping[str, type | tuple[type, ...]]] = {
    "arithmetic": dict,
    "compiler": str,
    "coverage": (dict, type(None)),
    "flash_bytes": dict,
    "graph": list,
    "instructions": (int, type(None)),
    "macs": int,
    "memory": list,
    "ops": dict,
    "ops_profile": (list, type(None)),
    "plan": dict,
    "proof": dict,
    "proved": bool,
    "ram_bytes": dict,
    "sections": dict,
}


def made_in_jail(order: BuildOrder, folder: Path, log: StageLog) -> StageResults:
    """Run all stages; raises ChildRefused where the model is to blame, ChildFailed where we are."""
    inputs = {ORDER: dump_order(order), MODEL: order.int8}
    with child(STAGES, inputs, folder, on_line=_listening(log)) as left:
        return checked(left)


def dump_order(order: BuildOrder) -> bytes:
    """All of an order but the model's bytes."""
    plain = {name: value for name, value in asdict(order).items() if name not in {"int8", "target"}}
    return json.dumps(plain | {"target": order.target.name}).encode()


def checked(left: Left) -> StageResults:
    """What a child left, or ChildLost."""
    found = left.made()
    outputs = _listed(found.get("outputs"), FILE_KINDS)
    unsigned = _listed(found.get("unsigned"), IMAGES)
    if len({name for _, name in (*outputs, *unsigned)}) != len(outputs) + len(unsigned):
        raise ChildLost("The child that makes the build left two files of one name.")
    abi = found.get("abi")
    if not isinstance(abi, str) or not ABI.fullmatch(abi):
        raise ChildLost("The child that makes the build left no ABI in bounds.")
    parts = (left.file(f"{OUT}/{n}", FILE_BYTES) for n in range(len(outputs) + len(unsigned)))
    return StageResults(
        report=_report(found.get("report")),
        outputs=tuple(BuildFile(kind, name, next(parts)) for kind, name in outputs),
        unsigned=tuple(Unsigned(kind, name, next(parts)) for kind, name in unsigned),
        abi=abi,
    )


def _listed(found: Any, kinds: Iterable[ArtifactKind]) -> list[tuple[ArtifactKind, str]]:
    words = {kind.value: kind for kind in kinds}
    if isinstance(found, list) and len(found) <= FILES:
        listed = [_named(words, item) for item in found]
        if None not in listed:
            return [item for item in listed if item]
    raise ChildLost("The child that makes the build left a list of files that is none.")


def _named(kinds: Mapping[str, ArtifactKind], item: Any) -> tuple[ArtifactKind, str] | None:
    match item:
        case [str(kind), str(name)] if kind in kinds and FILENAME.fullmatch(name):
            return kinds[kind], name
    return None


def _report(found: Any) -> Mapping[str, Any]:
    if not isinstance(found, dict):
        raise ChildLost("The child that makes the build left no report.")
    odd = [name for name, kind in MEMBERS.items() if not isinstance(found.get(name, ...), kind)]
    if odd:
        raise ChildLost(f"The report of the child lacks {odd[0]}, or has another type there.")
    try:
        require_storable(found, at="report")
    except (Refused, RecursionError):
        raise ChildLost("The report of the child holds what no database stores.") from None
    return found


def _listening(log: StageLog) -> Callable[[str], None]:
    expected = [(word, row.stage) for row in JAILED for word in ("enter", "did")]

    def hear(line: str) -> None:
        word, _, rest = line.partition(" ")
        name, _, rest = rest.partition(" ")
        if not expected or (word, name) != (expected[0][0], expected[0][1].value):
            raise ChildLost(f"The child that makes the build said {line[:64]!r}.")
        _, stage = expected.pop(0)
        if word == "enter":
            log.enter(stage)
            return
        seconds, _, text = rest.partition(" ")
        if not SECONDS.fullmatch(seconds) or "\0" in text:
            raise ChildLost(f"The child that makes the build said {line[:64]!r}.")
        log.note(stage, float(seconds), text[:TEXT_CHARS])

    return hear
