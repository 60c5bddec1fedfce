"""All children of a gateway, each in its time, several at once within a limit.

A child that does not answer costs its own thread's wait and nobody else's; it is tried again after
a wait that grows. Whatever happens with one child, the others and the gateway's own work go on.
"""

import logging
import random
import threading
from collections.abc import Sequence
from concurrent.futures import Executor, Future
from dataclasses import dataclass
from typing import Final

from device_agent.errors import AgentError, Rejected
from device_agent.gateway.child import ChildDevice
from device_agent.gateway.house import GatewayHouse
from device_agent.gateway.line.link import ChildSilent
from device_agent.net.backoff import Uniform, poll_seconds, retry_seconds

log = logging.getLogger(__name__)

FAILURES_MAX: Final = 6  # of the backoff's exponent: a child that comes back is soon heard
TICK_SECONDS: Final = 0.5
REST_SECONDS_MAX: Final = 300.0


@dataclass
class _Turn:
    """When a child is due, and how often it has failed since."""

    child: ChildDevice
    due_at: float = 0.0
    failures: int = 0
    busy: bool = False
    trouble: str = ""


class Gateway:
    """The children, and who is visited when."""

    def __init__(
        self,
        house: GatewayHouse,
        children: Sequence[ChildDevice],
        *,
        pool: Executor,
        visit_seconds: float = 0.0,
        uniform: Uniform = random.random,
    ) -> None:
        self.house = house
        self._turns = [_Turn(child) for child in children]
        self._visit_seconds, self._uniform = visit_seconds, uniform
        self._pool = pool  # as wide as children may be visited at once
        self._stopping = threading.Event()
        self._guard = threading.Lock()
        self._runner: threading.Thread | None = None
        house.breathe = self._breathe

    def turn(self) -> list["Future[None]"]:
        """Begin the visit of every child that is due; return the visits."""
        now = self.house.clock.uptime()
        begun = []
        for turn in self._turns:
            with self._guard:
                if turn.busy or turn.due_at > now or self._stopping.is_set():
                    continue
                turn.busy = True
            begun.append(self._pool.submit(self._visit, turn))
        return begun

    def round(self) -> dict[str, str]:
        """Visit every child once, due or not; return each one's trouble, empty where there is
        none.
        """
        for turn in self._turns:
            turn.due_at = 0.0
        for visit in self.turn():
            visit.result()
        self.tidy()
        return {turn.child.settings.name: turn.trouble for turn in self._turns}

    def begin(self) -> None:
        """Go on in the background until told to stop."""
        self._runner = threading.Thread(target=self._run, name="children", daemon=True)
        self._runner.start()

    def _run(self) -> None:
        while not self._stopping.wait(TICK_SECONDS):
            if self.turn():
                self.tidy()

    def stop(self) -> None:
        """End: uploads stop at their next piece, and go on at the next start."""
        self._stopping.set()
        if self._runner is not None:
            self._runner.join()
        self._pool.shutdown(wait=True, cancel_futures=True)
        for turn in self._turns:
            turn.child.link.close()

    def tidy(self) -> None:
        """Forget images that no child waits for."""
        if not any(turn.busy for turn in self._turns):
            self.house.shelf.keep_only(set().union(*(turn.child.wanted for turn in self._turns)))

    def _breathe(self) -> None:
        """Called between two pieces of a download or an upload."""
        if self._stopping.is_set():
            raise ChildSilent("The gateway ends; the update goes on at its next start.")

    def _visit(self, turn: _Turn) -> None:
        name = turn.child.settings.name
        try:
            wait, turn.trouble = turn.child.visit(), ""
        except AgentError as error:
            wait = self._failed(turn, error)
        except Exception as error:  # a fault of ours must not end the other children's visits
            log.exception("The visit of the child '%s' ended by a fault.", name)
            wait = self._failed(turn, AgentError(f"A fault of the gateway: {error}"))
        else:
            turn.failures = 0
            wait = poll_seconds(self._visit_seconds or wait, uniform=self._uniform)
        with self._guard:
            turn.due_at, turn.busy = self.house.clock.uptime() + wait, False

    def _failed(self, turn: _Turn, error: AgentError) -> float:
        turn.trouble = str(error)
        known = isinstance(error, Rejected) and error.status == 403
        say = log.info if known else log.warning
        say("The child '%s': %s", turn.child.settings.name, error)
        turn.failures = min(turn.failures + 1, FAILURES_MAX)
        wait = retry_seconds(turn.failures, retry_after=None, uniform=self._uniform)
        return min(wait, REST_SECONDS_MAX)
