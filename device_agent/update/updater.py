"""Carries one update from the instruction to its end, each step durable before the next.

Safe to be killed anywhere: what was not remembered is done again, what was done is recognised.
Point of no return: ``machine.switch``. A cancellation that comes before it is obeyed.
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from device_agent.clock import Clock
from device_agent.errors import AgentError, ModelBroken, Refused, Rejected, StorageUnusable
from device_agent.net.client import DeviceClient
from device_agent.protocol import ddi
from device_agent.protocol.ddi import Deployment, Execution, Feedback, Finished, Handling
from device_agent.state import machine, slots
from device_agent.state.journal import Memory
from device_agent.state.record import Phase
from device_agent.storage.port import Storage
from device_agent.update import download
from device_agent.update.download import Download
from device_agent.update.orders import Desk, Order, assignment_named
from device_agent.update.prover import Prover

log = logging.getLogger(__name__)

STEPS = 4  # fetched, written, proven, switched: the progress that is reported


@dataclass(frozen=True, slots=True)
class Updater:
    """Everything an update touches."""

    storage: Storage
    client: DeviceClient
    memory: Memory
    desk: Desk
    prover: Prover
    clock: Clock
    breathe: Callable[[], None]
    held: Callable[[], bool]

    def deploy(self, links: Mapping[str, str]) -> None:
        """Do what the service wants deployed, as far as it is allowed now."""
        url = links["deploymentBase"]
        offer = self.client.deployment(url)
        if self.memory.state.phase is Phase.TRIAL or self._heard_before(offer.action_id, links):
            return
        try:
            self._deploy(offer, links)
        except Refused as error:
            self._give_up(offer.action_id, links, error, remember=False)
        except StorageUnusable as error:
            # Perhaps not even the outcome can be remembered: it is told while it is known.
            self._tell(url, Execution.PROCEEDING, f"{error.cause}: {error}", done=0)
            self._give_up(offer.action_id, links, error, remember=False)
        except ModelBroken as error:
            self._give_up(offer.action_id, links, error, remember=True)

    def cancel(self, url: str) -> None:
        """Stop what the service wants stopped, if that is still possible."""
        wanted = self.client.cancellation(url)
        state = self.memory.state
        obeyed = state.phase is not Phase.TRIAL or state.action != wanted.stop_id
        finished = state.outcome_of(wanted.stop_id)
        if obeyed and state.action == wanted.stop_id:
            self.memory.become(machine.cancel(state))
            self._tidy()
        if finished or not obeyed:
            told = Feedback(Execution.CLOSED, Finished.FAILURE, ("Past the point of no return.",))
        else:
            told = Feedback(Execution.CLOSED, Finished.SUCCESS, ("Stopped.",))
        self.client.feedback(url, told)

    def _deploy(self, offer: Deployment, links: Mapping[str, str]) -> None:
        order = self.desk.order(offer, links, state=self.memory.state, wall=self.clock.wall())
        if self._runs_already(order):
            self._note_running(order)
            return
        if offer.download is Handling.SKIP or self.held():
            return
        self._take_up(order)
        self._fetch(order)
        if offer.update is not Handling.SKIP and not self.held():
            self._install(order)

    def _heard_before(self, action: str, links: Mapping[str, str]) -> bool:
        """Whether this very action has ended here; then only its outcome is told again.

        Its number is not enough: a service that was restored may have given it to another one.
        """
        state, named = self.memory.state, assignment_named(links)
        ended = state.outcome_of(action)
        if ended is None or named not in ("", ended.assignment):
            return False
        if ended not in state.outbox:
            self.memory.become(machine.tell_again(state, ended))
        return True

    def _runs_already(self, order: Order) -> bool:
        state = self.memory.state
        running = state.slots[state.active] if state.active else None
        return running is not None and running.sha256 == order.content.sha256

    def _note_running(self, order: Order) -> None:
        state = self.memory.state
        if state.active is not None:
            slots.put_document(self.storage, state.active, order.document)
        if state.phase is not Phase.IDLE:
            state = machine.cancel(state)
        noted = machine.already(
            state, action=order.action, target=order.content, signed_time=order.told.issued_at
        )
        self.memory.become(noted)

    def _take_up(self, order: Order) -> None:
        state = self.memory.state
        if (state.action, state.target) == (order.action, order.content):
            return
        taken = machine.accept(
            state,
            action=order.action,
            target=order.content,
            signed_time=order.told.issued_at,
        )
        self.memory.become(taken)
        told = order.told
        self._tell(
            order.url, Execution.PROCEEDING, f"Accepted {told.model} {told.version}.", done=0
        )

    def _fetch(self, order: Order) -> None:
        if self.memory.state.phase is not Phase.FETCHING:
            return
        if not self._in_inactive_slot(order):
            artifact, href = order.told.artifact, _href(order)
            self._tell(order.url, Execution.DOWNLOAD, f"Downloading {artifact.name}.", done=0)
            Download(self.storage, self.clock, artifact, self.breathe).fetch(
                lambda headers: self.client.download(href, headers)
            )
            self._tell(order.url, Execution.DOWNLOADED, "Downloaded and verified.", done=1)
        self.memory.become(machine.fetched(self.memory.state))

    def _install(self, order: Order) -> None:
        slot, told, document = self.memory.state.inactive, order.told, order.document
        if not self._in_inactive_slot(order):
            slots.write_slot(self.storage, slot, download.PART, told=told, document=document)
        # What counts is what the medium gives back, not what was written to it.
        if not self._in_inactive_slot(order):
            raise StorageUnusable(f"slot {slot} does not hold what was written to it.")
        self._tell(order.url, Execution.PROCEEDING, f"Written to slot {slot}.", done=2)
        self.prover.prove(slot)
        self._tell(order.url, Execution.PROCEEDING, "Golden vectors are equal.", done=3)
        slots.put_document(self.storage, slot, document)
        # An earlier start may have written all this and ended before the names were synced.
        self.storage.sync_folder(slots.folder(slot))
        self.memory.become(machine.switch(self.memory.state))
        self._tidy()
        self._tell(order.url, Execution.PROCEEDING, "Switched; on trial.", done=4)

    def _in_inactive_slot(self, order: Order) -> bool:
        return slots.slot_is(self.storage, self.memory.state.inactive, order.content)

    def _give_up(
        self, action: str, links: Mapping[str, str], error: AgentError, *, remember: bool
    ) -> None:
        reason = f"{error.cause}: {error}"
        log.warning("Action %s failed: %s", action, reason)
        state = self.memory.state
        if state.phase is Phase.IDLE or state.action != action:
            named = assignment_named(links)
            state = machine.refuse(state, action=action, reason=reason, assignment=named)
        else:
            state = machine.fail(state, reason, remember=remember)
        self.memory.become(state)
        self._tidy()

    def _tidy(self) -> None:
        """Free what is not needed any more; a medium that fails now has done its part already."""
        state = self.memory.state
        try:
            if state.phase is Phase.IDLE and state.inactive not in state.slots:
                slots.disown(self.storage, state.inactive)
            download.clear(self.storage)
        except StorageUnusable as error:
            log.warning("Could not tidy up: %s", error)

    def _tell(self, url: str, execution: Execution, detail: str, *, done: int) -> None:
        """Progress is told once and best effort; only the outcome is told until it is heard."""
        log.info("%s", detail)
        told = Feedback(execution, Finished.NONE, (detail,), progress=(done, STEPS))
        try:
            self.client.feedback(url, told)
        except Rejected as error:
            log.info("The service did not want to hear it: %s", error)


def outcome_feedback(*, success: bool, reason: str) -> ddi.Feedback:
    """How an action ended, as the service hears it."""
    finished = Finished.SUCCESS if success else Finished.FAILURE
    return Feedback(Execution.CLOSED, finished, (reason,))


def _href(order: Order) -> str:
    for chunk in order.offer.chunks:
        for artifact in chunk.artifacts:
            if artifact.sha256 == order.content.sha256:
                return artifact.download
    raise Refused("The deployment does not offer the artifact that the instruction names.")
