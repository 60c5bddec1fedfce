"""Whether the model in a slot works on this very processor."""

import signal
import subprocess
import sys
from pathlib import Path
from typing import Protocol

from device_agent.errors import ModelBroken, NotProven
from device_agent.state.record import Slot
from device_agent.state.slots import folder

OUTPUT_LIMIT = 500  # characters of the child's reason


class Prover(Protocol):
    """Runs the golden vectors of a slot."""

    def prove(self, slot: Slot) -> None:
        """``ModelBroken`` unless every output is what the build proved; ``NotProven`` where it
        could not be tried.
        """
        ...


class ChildProver:
    """Proves in a child process with a deadline: no model can take the agent with it."""

    def __init__(self, root: Path, *, deadline_seconds: float) -> None:
        self._root, self._deadline_seconds = root, deadline_seconds

    def prove(self, slot: Slot) -> None:
        """See ``Prover``."""
        cpu_seconds = int(self._deadline_seconds) + 1
        place = self._root / folder(slot)
        command = [sys.executable, "-m", "device_agent.model.golden", str(place), str(cpu_seconds)]
        try:
            done = subprocess.run(
                command,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=self._deadline_seconds,
                env={"PYTHONPATH": str(Path(__file__).parents[2])},
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise ModelBroken(
                f"The golden vectors took longer than {self._deadline_seconds:g} seconds."
            ) from error
        except OSError as error:  # no memory for a process says nothing of the model
            raise NotProven(f"The golden vectors could not be started: {error}.") from error
        if done.returncode != 0:
            raise ModelBroken(_reason(done))


def _reason(done: "subprocess.CompletedProcess[bytes]") -> str:
    if done.returncode < 0:
        number = -done.returncode
        # Those between SIGRTMIN and SIGRTMAX have no name.
        named = number in set(signal.Signals)
        name = signal.Signals(number).name if named else f"signal {number}"
        return f"The model ended its process with {name} while running its golden vectors."
    said = done.stdout.decode("utf-8", "replace").strip()[:OUTPUT_LIMIT]
    return said or f"The golden vectors ended with exit code {done.returncode}."
