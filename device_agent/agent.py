"""One visit to the service at a time: hear, report, update, hand in telemetry.

The agent decides nothing here that ``trust`` and ``machine`` do not decide; it only carries out.
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from device_agent import __version__
from device_agent.clock import Clock
from device_agent.config import Config
from device_agent.errors import ModelBroken, NotProven, Rejected, StorageUnusable
from device_agent.identity.keys import Enrolment, TrustedKeys
from device_agent.net.client import DeviceClient
from device_agent.protocol import ddi
from device_agent.state import machine, slots
from device_agent.state.record import ActionOutcome, AgentState, Slot, UpdatePhase
from device_agent.state.state_store import StateStore
from device_agent.storage.port import Storage
from device_agent.telemetry.spool import Spool
from device_agent.update import recovery
from device_agent.update.prover import Prover
from device_agent.update.repository import Repository
from device_agent.update.updater import Updater, outcome_feedback
from device_agent.update.verifier import InstructionVerifier

log = logging.getLogger(__name__)

WINDOWS_PER_VISIT = 64
# The service has refused permanently: sending the same again would not help.
PERMANENT = frozenset({400, 404, 405, 409, 410, 413, 415, 422})


def _nothing() -> None:
    return None


def _nobody(links: Mapping[str, str]) -> None:
    return None


@dataclass
class Agent:
    """A device that is enrolled and awake."""

    storage: Storage
    client: DeviceClient
    enrolment: Enrolment
    prover: Prover
    repository: Repository
    clock: Clock
    config: Config
    yield_: Callable[[], None] = field(default=_nothing)
    beside: Callable[[Mapping[str, str]], None] = field(default=_nobody)  # takes a poll's links

    def __post_init__(self) -> None:
        self.trusted_keys = TrustedKeys(self.storage, self.enrolment)
        self.store: StateStore = recovery.wake(self.storage, self.enrolment)
        self.client.booted(self.state.boot_id)
        self.spool = Spool(self.storage, limit_bytes=self.config.spool_bytes)
        self._forget_unproven()

    @property
    def state(self) -> AgentState:
        """What the agent remembers."""
        return self.store.state

    def visit(self) -> float:
        """Poll once and do all that follows; return the seconds until the next poll."""
        self._deliver_outcomes()
        poll = self.client.poll()
        self._unless_refused(lambda: self._obey(poll))
        self._deliver_outcomes()
        self._unless_refused(lambda: self._report_config(poll.links.get("configData")))
        self._hand_in(poll.links.get("telemetry"))
        self._unless_refused(lambda: self.beside(poll.links))
        return self.config.poll_seconds or max(float(poll.sleep_seconds), 1.0)

    def trial_passed(self) -> None:
        """The model on trial has shown that it works: it is the good one now."""
        log.info("The trial went well; slot %s is confirmed.", self.state.trial)
        self.store.save(machine.confirm(self.state))

    def trial_failed(self, reason: str) -> None:
        """The model on trial does not work: the one before it goes on."""
        log.warning("The trial went badly, going back: %s", reason)
        self.store.save(machine.revert(self.state, reason))
        self._forget_unproven()

    def check_trial(self) -> None:
        """Judge a trial by the golden vectors alone, where no live input is at hand."""
        slot = self.state.trial
        if slot is None:
            return
        try:
            self.prover.prove(slot)
        except ModelBroken as error:
            self.trial_failed(str(error))
        except NotProven as error:
            log.warning("The trial goes on: %s", error)
        else:
            self.trial_passed()

    def alive(self) -> None:
        """The running model works: starts are counted from here."""
        if self.state.phase is not UpdatePhase.TRIAL:
            self.store.save_if_possible(machine.healthy(self.state))

    def _unless_refused(self, act: Callable[[], None]) -> None:
        """One link that the service does not honour must not stop the others."""
        try:
            act()
        except Rejected as error:
            if error.status not in PERMANENT:
                raise
            log.warning("%s", error)

    def _obey(self, poll: ddi.Poll) -> None:
        updater = Updater(
            self.storage,
            self.client,
            self.store,
            InstructionVerifier(
                self.client, self.trusted_keys, self.repository, has=self.config.attributes
            ),
            self.prover,
            self.clock,
            self.yield_,
            self._held,
        )
        if "cancelAction" in poll.links:
            updater.cancel(poll.links["cancelAction"])
        elif "deploymentBase" in poll.links:
            updater.deploy(poll.links)

    def _held(self) -> bool:
        """Tell whether the device's owner wants no update now."""
        return bool(self.config.hold_file) and Path(self.config.hold_file).exists()

    def _deliver_outcomes(self) -> None:
        for outcome in self.state.outbox:
            self._deliver(outcome)

    def _deliver(self, outcome: ActionOutcome) -> None:
        feedback = outcome_feedback(success=outcome.success, reason=outcome.reason)
        try:
            self.client.action_feedback(outcome.action, feedback)
        except Rejected as error:
            if error.status not in PERMANENT:
                raise
            log.warning("The service will not hear the outcome of %s: %s", outcome.action, error)
        self.store.save(machine.delivered(self.state, outcome))

    def _report_config(self, url: str | None) -> None:
        if url is None and not self.state.report_config:
            return
        self.client.config_data(url, ddi.ConfigData(self.describe()))
        self.store.save(machine.config_reported(self.state))

    def describe(self) -> dict[str, str]:
        """Return what this device is and runs, as its attributes.

        They are sent when one changed or the service asks; what moves all the time is telemetry.
        """
        active = self.state.slots[self.state.active] if self.state.active else None
        return {
            **self.config.attributes,
            "release": active.release if active else "",
            "model": active.model if active else "",
            "version": active.version if active else "",
            "sha256": active.sha256 if active else "",
            "target": self.enrolment.target,
            "agent_version": __version__,
            "boot_id": str(self.state.boot_id),
        }

    def _hand_in(self, url: str | None) -> None:
        if url is None:
            return
        sent = 0
        for path, _, sealed in self.spool.waiting():
            if sent >= WINDOWS_PER_VISIT:
                break
            try:
                self.client.telemetry(url, sealed, boot_id=self.state.boot_id)
            except Rejected as error:
                if error.status not in PERMANENT:
                    raise
                log.warning("The service refused a telemetry window: %s", error)
                self.spool.lose()
            self.spool.remove(path)
            sent += 1
        if sent:
            self.spool.settle()

    def _forget_unproven(self) -> None:
        """A slot that is neither good nor on trial must not be taken for a good one if the state is
        lost.
        """
        for slot in Slot:
            if slot not in self.state.slots and slot is not self._being_written():
                try:
                    slots.disown(self.storage, slot)
                except StorageUnusable as error:
                    log.warning("Could not tidy up: %s", error)

    def _being_written(self) -> Slot | None:
        return None if self.state.phase is UpdatePhase.IDLE else self.state.inactive
