"""The one loop: feed the model, close windows, visit the service; nothing waits for anything."""

import logging
import random
from collections.abc import Callable, Iterator

from device_agent.agent import Agent
from device_agent.errors import AgentError, Rejected, ServiceUnreachable, StorageUnusable
from device_agent.model.quantise import Feed
from device_agent.net.backoff import Uniform, poll_seconds, retry_seconds
from device_agent.slot_runner import SlotRunner
from device_agent.status.last_contact import Contact

log = logging.getLogger(__name__)

SOON_SECONDS = 1.0  # until the next visit when there is news to tell
REJECTED_EXPONENT_MAX = 4  # of the backoff while the service says no: half a minute
STORAGE_RETRY_SECONDS = 30.0
WAIT_LIMIT_SECONDS = 1.0  # longest sleep, so that a signal or a window is never late


class Loop:
    """Runs until told to stop."""

    def __init__(
        self,
        agent: Agent,
        runner: SlotRunner,
        feed: Iterator[Feed | None],
        *,
        uniform: Uniform = random.random,
        alive: Callable[[], None] = lambda: None,
        on_visit: Callable[[Contact], None] = lambda _: None,
    ) -> None:
        self._agent, self.runner, self._feed = agent, runner, feed
        self._uniform, self._alive, self._on_visit = uniform, alive, on_visit
        self._visit_at = agent.clock.uptime()
        self._follow_at = self._visit_at
        self._failures = 0
        self._stopping = False
        agent.yield_ = self._breathe

    def run(self) -> None:
        """Go on until told to stop; then close the window."""
        try:
            while not self._stopping:
                self.turn()
            self._agent.alive()  # it was told to end: that is not a sign against the model
        finally:
            self.runner.stop()

    def stop(self) -> None:
        """End after this turn."""
        self._stopping = True

    def turn(self) -> None:
        """Everything that is due, once; then rest if there was no input."""
        self._alive()
        self._follow()
        had_input = self._feed_once()
        self.runner.seal_if_due()
        if self._agent.clock.uptime() >= self._visit_at:
            self._visit()
        elif not had_input:
            self._agent.clock.sleep(self._rest())

    def _follow(self) -> None:
        """Run what is to run. A verdict that the medium does not take is given again later: ending
        here would only bring the same verdict at the next start.
        """
        now = self._agent.clock.uptime()
        if now < self._follow_at:
            return
        try:
            if self.runner.follow():
                self._hurry()
        except StorageUnusable as error:
            log.warning("The verdict on a trial cannot be kept, it waits: %s", error)
            self._follow_at = now + STORAGE_RETRY_SECONDS

    def _breathe(self) -> None:
        """Between two pieces of a download the model goes on; told to stop, the download ends."""
        if self._stopping:
            raise ServiceUnreachable("The agent ends; the download goes on at its next start.")
        self._alive()
        self._feed_once()
        self.runner.seal_if_due()

    def _feed_once(self) -> bool:
        if not self.runner.ready:
            return False
        try:
            sample = next(self._feed, None)
        except Exception:  # the feed is user code: whatever it raises, the agent goes on
            log.exception("The feed failed; the agent goes on without it.")
            self._feed = iter(())
            return False
        if sample is None:
            return False
        self.runner.infer(sample)
        return True

    def _visit(self) -> None:
        trouble, began = "", self._agent.clock.uptime()
        try:
            interval = self._agent.visit()
        except AgentError as error:
            trouble, wait = str(error), self._failed(error, began)
        else:
            self._failures = 0
            wait = poll_seconds(interval, uniform=self._uniform)
            log.debug("Visited the service.", extra={"fields": self._visited(began)})
        now = self._agent.clock.uptime()
        self._visit_at = now + wait
        self._on_visit(Contact(now, self._visit_at, trouble, self._agent.spool.lost))

    def _visited(self, began: float) -> dict[str, object]:
        """Return what the log's line holds of a visit."""
        seconds = self._agent.clock.uptime() - began
        return {"what": "visit", "ms": round(seconds * 1000)}

    def _failed(self, error: AgentError, began: float) -> float:
        log.warning("%s", error, extra={"fields": self._visited(began)})
        if isinstance(error, Rejected):
            # Perhaps not accepted yet: somebody may be about to change that.
            self._failures = min(self._failures, REJECTED_EXPONENT_MAX)
        after = error.retry_after if isinstance(error, ServiceUnreachable) else None
        wait = retry_seconds(self._failures, retry_after=after, uniform=self._uniform)
        self._failures += 1
        return wait

    def _hurry(self) -> None:
        """There is news to tell: do not wait for the next poll."""
        soon = self._agent.clock.uptime() + SOON_SECONDS * self._uniform()
        self._visit_at = min(self._visit_at, soon)

    def _rest(self) -> float:
        config, now = self._agent.config, self._agent.clock.uptime()
        idle = config.idle_seconds if self.runner.ready else WAIT_LIMIT_SECONDS
        return max(0.0, min(idle, WAIT_LIMIT_SECONDS, self._visit_at - now))
