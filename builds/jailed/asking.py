"""The child's side: a tool that it wants run is asked for, and its files are put in place.

Guarantees: to the toolchain's callers it makes no difference who starts a program.
"""

import os
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

from builds.jailed.ask import ANSWER, ANSWER_BYTES, ASK, LINE, Ask, ToolAnswer, dump, parse_answer
from builds.jailed.tools import tool_of
from builds.toolchain import ToolFailed, ToolMissing, ToolTimeout
from builds.toolchain.run import ToolResult, Wanted
from fleet.lib.trees import read_output

STDOUT = 1
ERRORS = {kind.__name__: kind for kind in (ToolFailed, ToolMissing, ToolTimeout)}


class Asking:
    """Asks the worker for tools, from a work folder, with answers in a folder to read."""

    def __init__(self, work: Path, answers: Path) -> None:
        self._work = work
        self._answers = answers

    def run(self, wanted: Wanted) -> ToolResult:
        """Have a program run as `builds.toolchain.run` would run it."""
        tool, script, arguments = tool_of(wanted.argv)
        ask = Ask(
            tool=tool,
            script=script,
            arguments=arguments,
            folder=self._below(wanted.cwd) if wanted.cwd else None,
            reads=self._reads(wanted),
            deadline_seconds=wanted.deadline_seconds,
            memory_bytes=wanted.memory_bytes,
            processes=wanted.processes,
        )
        answer = self._ask(ask)
        if answer.failed:
            raise ERRORS[answer.failed](answer.stderr)
        if wanted.cwd:
            self._take(answer, wanted.cwd)
        return ToolResult(answer.code, answer.stdout, answer.stderr)

    def _reads(self, wanted: Wanted) -> tuple[str, ...]:
        """What of the folders is ours; the worker knows what else its tools need."""
        folders = dict.fromkeys(path.resolve() for path in wanted.folders.readable)
        ours = [path for path in folders if path.is_relative_to(self._work)]
        return tuple(self._below(path) for path in ours if path != wanted.cwd)

    def _below(self, path: Path) -> str:
        return str(path.resolve().relative_to(self._work))

    def _ask(self, ask: Ask) -> ToolAnswer:
        part = self._work / f"{ASK}.part"
        part.write_bytes(dump(ask))
        part.replace(self._work / ASK)
        said([LINE])
        if not os.read(sys.stdin.fileno(), 1):
            raise ToolFailed("nobody answers any more")
        data = read_output(self._answers, ANSWER, limit_bytes=ANSWER_BYTES)
        return parse_answer(data or b"")

    def _take(self, answer: ToolAnswer, folder: Path) -> None:
        for name in answer.files:
            place = folder / name
            place.unlink(missing_ok=True)
            shutil.copyfile(self._answers / str(answer.number) / name, place)


def said(words: Sequence[str]) -> None:
    """Tell the worker one line."""
    os.write(STDOUT, f"{' '.join(words)}\n".encode())
