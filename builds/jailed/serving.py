"""The worker's side: runs what a jailed child asks for, each tool in a jail of its own.

Guarantees: a tool gets copies of the child's files in a folder that the child cannot reach, and the
child gets copies of what it made in a folder that it can only read; no link is followed on either
way; what a child asks beyond the protocol ends the child.
"""

import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Final

from builds.jailed import ask as protocol
from builds.jailed.ask import ANSWER, ASK, ASKS_MAX, Ask, BadAsk, ToolAnswer, dump, parse_ask, steps
from builds.jailed.tools import Program, is_fact, program_of
from builds.toolchain import ToolchainError
from builds.toolchain.run import Folders, run
from fleet.lib.below import Bounds, Stamp, TooMuch, copy_files, folder_below, stamps
from fleet.lib.trees import give_input, read_output, remove_tree

FILES: Final = 1024  # that are sent to a tool, or come back from it
TOTAL_BYTES: Final = 1024**3
SHOWN_MAX: Final = 256 * 1024  # characters of a tool's words

_facts: dict[tuple[str, tuple[str, ...]], ToolAnswer] = {}


class Serving:
    """Answers one child; `room` is a folder of the worker's."""

    def __init__(self, work: Path, room: Path, answer_fd: int) -> None:
        self._work = work
        self._room = room
        self._fd = answer_fd
        self._number = 0
        self.answers = room / "answers"
        self.answers.mkdir()

    def answer(self) -> None:
        """Read the question, run the tool, leave the answer; raises BadAsk."""
        self._number += 1
        if self._number > ASKS_MAX:
            raise BadAsk(f"A child asked for more than {ASKS_MAX} tools.")
        remove_tree(self.answers / str(self._number - 1))
        ask = parse_ask(read_output(self._work, ASK, limit_bytes=protocol.ASK_BYTES))
        try:
            found = self._asked_once(ask) if is_fact(ask) else self._run(ask)
        except (OSError, TooMuch) as error:
            raise BadAsk(f"A child's files could not be taken: {error}") from None
        give_input(self.answers, ANSWER, dump(replace(found, number=self._number)))
        with suppress(BrokenPipeError):  # the child has ended meanwhile
            os.write(self._fd, b"\n")

    def _asked_once(self, ask: Ask) -> ToolAnswer:
        key = (ask.tool, ask.arguments)
        if key not in _facts:
            found = self._run(ask)
            if found.failed or found.code:
                return found
            _facts[key] = found
        return _facts[key]

    def _run(self, ask: Ask) -> ToolAnswer:
        program, place = program_of(ask), self._room / f"tool-{self._number}"
        place.mkdir()
        try:
            sent = self._send(ask, place)
            found = self._finished(ask, program, place)
            return replace(found, files=self._bring(ask, place, sent))
        finally:
            remove_tree(place)

    def _send(self, ask: Ask, place: Path) -> dict[str, Stamp]:
        """Copy the files of the folders that it names; gives those where the tool will write."""
        left = Bounds(FILES, TOTAL_BYTES)
        for name in dict.fromkeys([*ask.reads, *([ask.folder] if ask.folder else [])]):
            into = place / name
            into.mkdir(parents=True, exist_ok=True)
            with folder_below(self._work, steps(name)) as folder:
                left = copy_files(folder, sorted(stamps(folder)), into, left)
        return self._there(ask, place)

    def _there(self, ask: Ask, place: Path) -> dict[str, Stamp]:
        if ask.folder is None:
            return {}
        with folder_below(place, steps(ask.folder)) as folder:
            return stamps(folder)

    def _finished(self, ask: Ask, program: Program, place: Path) -> ToolAnswer:
        theirs, ours = str(self._work), str(place)
        argv = [*program.command, *(word.replace(theirs, ours) for word in ask.arguments)]
        reads = [place / name for name in ask.reads if name != ask.folder]
        try:
            done = run(
                argv,
                cwd=place / ask.folder if ask.folder else None,
                deadline_seconds=ask.deadline_seconds,
                env=program.environment,
                memory_bytes=ask.memory_bytes,
                folders=Folders([*program.readable, *reads], program.writable),
                processes=ask.processes,
            )
        except ToolchainError as error:
            text = str(error).replace(ours, theirs)
            return ToolAnswer(0, failed=type(error).__name__, stderr=text)
        out, err = (text.replace(ours, theirs)[:SHOWN_MAX] for text in (done.stdout, done.stderr))
        return ToolAnswer(0, done.returncode, out, err)

    def _bring(self, ask: Ask, place: Path, sent: dict[str, Stamp]) -> tuple[str, ...]:
        if ask.folder is None:
            return ()
        into = self.answers / str(self._number)
        into.mkdir()
        with folder_below(place, steps(ask.folder)) as folder:
            there = stamps(folder)
            made = sorted(name for name, stamp in there.items() if sent.get(name) != stamp)
            copy_files(folder, made, into, Bounds(FILES, TOTAL_BYTES))
        return tuple(made)


def hearing(serving: Serving, other: Callable[[str], None]) -> Callable[[str], None]:
    """Hear a child's lines: its questions are answered, all else goes on."""
    return partial(_hear, serving, other)


def _hear(serving: Serving, other: Callable[[str], None], line: str) -> None:
    if line == protocol.LINE:
        serving.answer()
    else:
        other(line)
