"""The agent's end of a challenger: questions go out and answers come in without ever waiting.

* At most one question is under way; while it is, the next ones are skipped, not queued.
* An answer that takes longer than the budget, a line that is none, an end of the process: the
  challenger is ended, and ``ModelBroken`` says why.
"""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from device_agent.errors import ModelBroken
from device_agent.protocol.manifest import Tensor

START_SECONDS = 60.0  # to load and to prove the golden vectors
LINE_MAX = 4096  # bytes of an answer
MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Budget:
    """What one inference may take, and what the process may hold."""

    seconds: float
    memory_bytes: int


class Challenger:
    """One child process; ``hear`` whenever there is time, ``ask`` when there is a question."""

    def __init__(
        self, folder: Path, budget: Budget, inputs: Sequence[Tensor], *, now: float
    ) -> None:
        self._budget = budget
        self._due: float | None = now + START_SECONDS
        self._limit = START_SECONDS
        self._out, self._in = b"", b""
        self.ready = False
        tensors = json.dumps([asdict(tensor) for tensor in inputs])
        options = [str(folder), str(budget.memory_bytes), tensors]
        try:
            self._child = subprocess.Popen(
                [sys.executable, "-m", "device_agent.model.beside", *options],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env={"PYTHONPATH": str(Path(__file__).parents[2])},
                bufsize=0,
            )
        except OSError as error:
            raise ModelBroken(f"The challenger could not be started: {error}.") from error
        for pipe in (self._child.stdin, self._child.stdout):
            if pipe is not None:
                os.set_blocking(pipe.fileno(), False)

    @property
    def busy(self) -> bool:
        """Whether an answer, or the start, is still due."""
        return self._due is not None

    def ask(self, inputs: Sequence[bytes], *, now: float) -> None:
        """Send one inference's inputs; only when it is not busy."""
        self._out = b"".join(inputs)
        self._limit = self._budget.seconds
        self._due = now + self._limit
        self._write()

    def hear(self, *, now: float) -> int | None:
        """The predicted class, once it is known; ``ModelBroken`` when the challenger is over."""
        try:
            self._write()
            self._read()
            found = self._line()
        except ModelBroken:
            self.close()
            raise
        if found is None and self._due is not None and now > self._due:
            self.close()
            what = "An inference" if self.ready else "Its start"
            raise ModelBroken(f"{what} took longer than {self._limit:g} seconds.")
        return found

    def close(self) -> None:
        """End the process, whatever it does."""
        self._child.kill()
        for pipe in (self._child.stdin, self._child.stdout):
            if pipe is not None:
                pipe.close()
        self._child.wait()

    def _write(self) -> None:
        if not self._out or self._child.stdin is None:
            return
        try:
            sent = self._child.stdin.write(self._out)
        except BrokenPipeError:
            return  # what it left behind says why
        self._out = self._out[sent or 0 :]

    def _read(self) -> None:
        if self._child.stdout is None:
            return
        data = self._child.stdout.read(LINE_MAX)
        if data == b"":
            raise ModelBroken(self._ended())
        self._in += data or b""
        if len(self._in) > LINE_MAX:
            raise ModelBroken("The challenger answers without end.")

    def _line(self) -> int | None:
        line, found, rest = self._in.partition(b"\n")
        if not found:
            return None
        self._in, self._due = rest, None
        try:
            word = json.loads(line)
        except ValueError:
            word = None
        if not isinstance(word, dict):
            raise ModelBroken("The challenger answers something else than was asked.")
        if "broken" in word:
            raise ModelBroken(f"The challenger: {word['broken']}")
        if word.get("ready") is True:
            self.ready = True
            return None
        predicted = word.get("class")
        if not isinstance(predicted, int) or isinstance(predicted, bool) or predicted < 0:
            raise ModelBroken("The challenger answers something else than was asked.")
        return predicted

    def _ended(self) -> str:
        self._child.wait()
        code = self._child.returncode
        how = f"by signal {-code}" if code < 0 else f"with exit code {code}"
        return f"The challenger's process ended {how}."
