"""The requests of the unchanged client, as they were noted once, and how they are sent again.

`UPDATE_GOLDEN=1` with the test of the real client writes `wire.json` anew.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

WIRE: Final = Path(__file__).with_name("wire.json")
RUN: Final = re.compile(r"(?<![0-9a-f])[0-9a-f]{32}(?![0-9a-f])")
PLACES: Final = r'artifacts/|path=|mlflow-artifacts:/|experiment_ids?(?:=|": "|": \[")'
EXPERIMENT: Final = re.compile(rf"((?:{PLACES}))[0-9]+(?![0-9a-zA-Z])")
SCRIPT: Final = re.compile(r'"[^"]*/training\.py"')
MOMENT: Final = re.compile(r"\b1[0-9]{12}\b")
ZERO: Final = "0" * 32  # a run that there is not
BYTES: Final = "mlflow-artifacts/artifacts/"


@dataclass(frozen=True)
class Sent:
    """One request: its address with ids as words, its body if it has one of JSON, the answer."""

    method: str
    path: str
    status: int
    body: Any

    @property
    def call(self) -> str:
        """What it asks for, without names."""
        path = self.path.partition("?")[0]
        if BYTES in path:
            path = path[: path.index(BYTES) + len(BYTES)]
        return f"{self.method} {path}"

    @property
    def members(self) -> list[str]:
        """The names of what it says."""
        query = re.findall(r"[?&]([a-z_]+)=", self.path)
        return sorted({*query, *(self.body if isinstance(self.body, dict) else ())})


def noted(lines: str) -> Iterator[Sent]:
    """The requests that a run of the client noted, with words for all that differs each time."""
    words: dict[str, str] = {ZERO: ZERO}

    def word(found: re.Match[str]) -> str:
        return words.setdefault(found[0], f"ID{len(words)}")

    for line in lines.splitlines():
        plain = SCRIPT.sub('"training.py"', EXPERIMENT.sub(r"\1EXPERIMENT", RUN.sub(word, line)))
        yield Sent(*json.loads(MOMENT.sub("1700000000000", plain)))


def stored() -> list[Sent]:
    """The requests in `wire.json`."""
    return [Sent(**one) for one in json.loads(WIRE.read_text())]


def store(sent: list[Sent]) -> None:
    """Write `wire.json`: the first of each kind of request, and all that name new things."""
    WIRE.write_text(json.dumps([one.__dict__ for one in sent], indent=1) + "\n")
