"""Carries one update from the instruction to its end, each step durable before the next.

Safe to be killed anywhere: what was not remembered is done again, what was done is recognised.
Point of no return: ``machine.switch``. A cancellation that comes before it is obeyed.
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from device_agent.clock import Clock
from device_agent.errors import AgentError, ModelBroken, Rejected, StorageUnusable, UpdateRefused
from device_agent.net.client import DeviceClient
from device_agent.protocol import ddi
from device_agent.protocol.ddi import (
    DdiArtifact,
    Deployment,
    Execution,
    Feedback,
    Finished,
    Handling,
)
from device_agent.state import machine, slots
from device_agent.state.record import UpdatePhase
from device_agent.state.state_store import StateStore
from device_agent.storage.port import Storage
from device_agent.update import delta, download
from device_agent.update.delta import DeltaDownload
from device_agent.update.download import BundleDownload
from device_agent.update.prover import Prover
from device_agent.update.verifier import InstructionVerifier, VerifiedInstruction, assignment_named

log = logging.getLogger(__name__)

STEPS = 4  # fetched, written, proven, switched: the progress that is reported


@dataclass(frozen=True, slots=True)
class Updater:
    """Everything an update touches."""

    storage: Storage
    client: DeviceClient
    store: StateStore
    verifier: InstructionVerifier
    prover: Prover
    clock: Clock
    yield_: Callable[[], None]
    held: Callable[[], bool]

    def deploy(self, links: Mapping[str, str]) -> None:
        """Do what the service wants deployed, as far as it is allowed now."""
        url = links["deploymentBase"]
        deployment = self.client.deployment(url)
        if self.store.state.phase is UpdatePhase.TRIAL or self._heard_before(
            deployment.action_id, links
        ):
            return
        try:
            self._deploy(deployment, links)
        except UpdateRefused as error:
            self._give_up(deployment.action_id, links, error, remember=False)
        except StorageUnusable as error:
            # Perhaps not even the outcome can be remembered: it is told while it is known.
            self._report_progress(url, Execution.PROCEEDING, f"{error.cause}: {error}", done=0)
            self._give_up(deployment.action_id, links, error, remember=False)
        except ModelBroken as error:
            self._give_up(deployment.action_id, links, error, remember=True)

    def cancel(self, url: str) -> None:
        """Stop what the service wants stopped, if that is still possible."""
        wanted = self.client.cancellation(url)
        state = self.store.state
        obeyed = state.phase is not UpdatePhase.TRIAL or state.action != wanted.stop_id
        finished = state.outcome_of(wanted.stop_id)
        if obeyed and state.action == wanted.stop_id:
            self.store.save(machine.cancel(state))
            self._tidy()
        if finished or not obeyed:
            feedback = Feedback(
                Execution.CLOSED, Finished.FAILURE, ("Past the point of no return.",)
            )
        else:
            feedback = Feedback(Execution.CLOSED, Finished.SUCCESS, ("Stopped.",))
        self.client.feedback(url, feedback)

    def _deploy(self, deployment: Deployment, links: Mapping[str, str]) -> None:
        verified = self.verifier.verify(
            deployment, links, state=self.store.state, wall=self.clock.wall()
        )
        if self._runs_already(verified):
            self._note_running(verified)
            return
        if deployment.download is Handling.SKIP or self.held():
            return
        self._take_up(verified)
        self._fetch(verified)
        if deployment.update is not Handling.SKIP and not self.held():
            self._install(verified)

    def _heard_before(self, action: str, links: Mapping[str, str]) -> bool:
        """Tell whether this very action has ended here; then only its outcome is told again.

        Its number is not enough: a service that was restored may have given it to another one.
        """
        state, named = self.store.state, assignment_named(links)
        ended = state.outcome_of(action)
        if ended is None or named not in ("", ended.assignment):
            return False
        if ended not in state.outbox:
            self.store.save(machine.tell_again(state, ended))
        return True

    def _runs_already(self, verified: VerifiedInstruction) -> bool:
        state = self.store.state
        running = state.slots[state.active] if state.active else None
        return running is not None and running.sha256 == verified.content.sha256

    def _note_running(self, verified: VerifiedInstruction) -> None:
        state = self.store.state
        if state.active is not None:
            slots.put_document(self.storage, state.active, verified.document)
        if state.phase is not UpdatePhase.IDLE:
            state = machine.cancel(state)
        noted = machine.already(
            state,
            action=verified.action,
            target=verified.content,
            signed_time=verified.instruction.issued_at,
        )
        self.store.save(noted)

    def _take_up(self, verified: VerifiedInstruction) -> None:
        state = self.store.state
        if (state.action, state.target) == (verified.action, verified.content):
            return
        taken = machine.accept(
            state,
            action=verified.action,
            target=verified.content,
            signed_time=verified.instruction.issued_at,
        )
        self.store.save(taken)
        instruction = verified.instruction
        self._report_progress(
            verified.url,
            Execution.PROCEEDING,
            f"Accepted {instruction.model} {instruction.version}.",
            done=0,
        )

    def _fetch(self, verified: VerifiedInstruction) -> None:
        if self.store.state.phase is not UpdatePhase.FETCHING:
            return
        if not self._in_inactive_slot(verified):
            how = self._download(verified)
            told = f"Downloaded and verified. {how}".strip()
            self._report_progress(verified.url, Execution.DOWNLOADED, told, done=1)
        self.store.save(machine.fetched(self.store.state))

    def _download(self, verified: VerifiedInstruction) -> str:
        """Bring the artifact to disk, by a delta where one helps; say what that saved."""
        artifact, offered = verified.instruction.artifact, artifact_offered(verified)
        self._report_progress(
            verified.url, Execution.DOWNLOAD, f"Downloading {artifact.name}.", done=0
        )
        short = DeltaDownload(self.storage, self.clock, artifact, self.yield_)
        told = short.fetch(offered.deltas, self.store.state, self.client.download)
        if not told:
            BundleDownload(self.storage, self.clock, artifact, self.yield_).fetch(
                lambda headers: self.client.download(offered.download, headers)
            )
        return told

    def _install(self, verified: VerifiedInstruction) -> None:
        slot, instruction, document = (
            self.store.state.inactive,
            verified.instruction,
            verified.document,
        )
        if not self._in_inactive_slot(verified):
            slots.write_slot(
                self.storage, slot, download.PART, instruction=instruction, document=document
            )
        # What counts is what the medium gives back, not what was written to it.
        if not self._in_inactive_slot(verified):
            raise StorageUnusable(f"Slot {slot} does not hold what was written to it.")
        self._report_progress(
            verified.url, Execution.PROCEEDING, f"Written to slot {slot}.", done=2
        )
        self.prover.prove(slot)
        self._report_progress(
            verified.url, Execution.PROCEEDING, "Golden vectors are equal.", done=3
        )
        slots.put_document(self.storage, slot, document)
        # An earlier start may have written all this and ended before the names were synced.
        self.storage.sync_folder(slots.folder(slot))
        self.store.save(machine.switch(self.store.state))
        self._tidy()
        self._report_progress(verified.url, Execution.PROCEEDING, "Switched; on trial.", done=4)

    def _in_inactive_slot(self, verified: VerifiedInstruction) -> bool:
        return slots.slot_is(self.storage, self.store.state.inactive, verified.content)

    def _give_up(
        self, action: str, links: Mapping[str, str], error: AgentError, *, remember: bool
    ) -> None:
        reason = f"{error.cause}: {error}"
        log.warning("Action %s failed: %s", action, reason)
        state = self.store.state
        if state.phase is UpdatePhase.IDLE or state.action != action:
            named = assignment_named(links)
            state = machine.refuse(state, action=action, reason=reason, assignment=named)
        else:
            state = machine.fail(state, reason, remember=remember)
        self.store.save(state)
        self._tidy()

    def _tidy(self) -> None:
        """Free what is no longer needed; a medium that fails now has done its part already."""
        state = self.store.state
        try:
            if state.phase is UpdatePhase.IDLE and state.inactive not in state.slots:
                slots.disown(self.storage, state.inactive)
            download.clear(self.storage)
            delta.clear(self.storage)
        except StorageUnusable as error:
            log.warning("Could not tidy up: %s", error)

    def _report_progress(self, url: str, execution: Execution, detail: str, *, done: int) -> None:
        """Progress is told once and best effort; only the outcome is told until it is heard."""
        log.info("%s", detail)
        feedback = Feedback(execution, Finished.NONE, (detail,), progress=(done, STEPS))
        try:
            self.client.feedback(url, feedback)
        except Rejected as error:
            log.info("The service did not want to hear it: %s", error)


def outcome_feedback(*, success: bool, reason: str) -> ddi.Feedback:
    """How an action ended, as the service hears it."""
    finished = Finished.SUCCESS if success else Finished.FAILURE
    return Feedback(Execution.CLOSED, finished, (reason,))


def artifact_offered(verified: VerifiedInstruction) -> DdiArtifact:
    """Return what the deployment offers of the artifact that the instruction names."""
    for chunk in verified.deployment.chunks:
        for artifact in chunk.artifacts:
            if artifact.sha256 == verified.content.sha256:
                return artifact
    raise UpdateRefused("The deployment does not offer the artifact that the instruction names.")
