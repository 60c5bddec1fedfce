"""One child: identified first, then spoken for.

The service is asked only after the child has answered, so that a child that is silent is silent
there as well, and is told apart from a gateway that is.
"""

import logging
from collections.abc import Mapping
from typing import Final

from device_agent.errors import ModelBroken, Rejected
from device_agent.gateway.carriers import slots, stock
from device_agent.gateway.carriers.carrier import Carrier, ChildImage, TrialOutcome, TrialVerdict
from device_agent.gateway.house import ChildHouse, GatewayHouse
from device_agent.gateway.joining import client_of, join
from device_agent.gateway.line.conversation import Conversation
from device_agent.gateway.line.link import ChildStrange, Link
from device_agent.gateway.settings import ChildSettings
from device_agent.gateway.updating import ChildUpdater
from device_agent.gateway.windows import ChipClock, collect, hand_in
from device_agent.identity.keys import Enrolment, TrustedKeys
from device_agent.net.client import DeviceClient
from device_agent.protocol import ddi
from device_agent.state import machine
from device_agent.state.record import ActionOutcome, UpdatePhase
from device_agent.update.updater import outcome_feedback
from device_agent.update.verifier import InstructionVerifier

log = logging.getLogger(__name__)

KINDS: Final = ("image", "code", "weights")  # of artifacts that a microcontroller takes
# The service has refused permanently: sending the same again would not help.
PERMANENT: Final = frozenset({400, 404, 405, 409, 410, 413, 415, 422})


class ChildDevice:
    """A device behind this gateway."""

    def __init__(
        self, settings: ChildSettings, link: Link, house: ChildHouse, gateway: GatewayHouse
    ) -> None:
        self.settings, self.link = settings, link
        self._house, self._gateway = house, gateway
        self.conversation = Conversation(link, gateway.clock)
        self._client: DeviceClient | None = None
        self._enrolment: Enrolment | None = None
        self._told: Mapping[str, str] = {}

    @property
    def wanted(self) -> set[str]:
        """Return the digests of the images that it waits for and that it runs: the next wave of a
        rollout brings what it runs to its neighbours.
        """
        state = self._house.store.state
        held = [state.target, *state.slots.values()]
        return {content.sha256 for content in held if content is not None}

    def visit(self) -> float:
        """Do all that is due; return the seconds until the next visit."""
        carrier = self._identified()
        client, enrolment = self._joined(carrier)
        self._settle(carrier, enrolment)
        self._deliver_outcomes(client)
        poll = client.poll()
        self._obey(poll, carrier, client, enrolment)
        self._settle(carrier, enrolment)
        self._deliver_outcomes(client)
        self._report(poll.links.get("configData"), carrier, client)
        if isinstance(carrier, slots.ChipCarrier):
            collect(carrier, self._house.spool)
            url = poll.links.get("telemetry")
            if url is not None:
                told = carrier.identity
                chip = ChipClock(told.boot, told.up_seconds, carrier.identified_at)
                hand_in(client, url, self._house.spool, chip=chip, clock=self._gateway.clock)
        return max(float(poll.sleep_seconds), 1.0)

    def _identified(self) -> Carrier:
        """Return who answers, if it is the one that was enrolled. Raises ``ChildStrange``."""
        identity = slots.identify(self.conversation)
        if identity is None:
            self._require_hardware(b"")
            if not self.settings.target:
                raise ChildStrange(
                    f"The child '{self.settings.name}' does not tell its target: name it."
                )
            stock.widen(self.conversation)
            return stock.StockCarrier(
                self.conversation,
                self._gateway.clock,
                recovery=self.settings.recovery_bytes,
                boot_digests=self._house.boot_digests,
            )
        self._require_hardware(identity.hardware_id)
        if self.settings.target not in ("", identity.target):
            raise ChildStrange(
                f"The child '{self.settings.name}' is a '{identity.target}', "
                f"its settings say '{self.settings.target}'."
            )
        return slots.ChipCarrier(self.conversation, identity, self._gateway.clock)

    def _require_hardware(self, found: bytes) -> None:
        self._gateway.claim(self.settings.name, found)
        known = self._house.hardware_id
        if known is not None and known != found:
            raise ChildStrange(
                f"Another board answers as '{self.settings.name}': it has the hardware id "
                f"'{found.hex()}', enrolled was '{known.hex()}'."
            )

    def _joined(self, carrier: Carrier) -> tuple[DeviceClient, Enrolment]:
        if self._client is None or self._enrolment is None:
            hardware, target = b"", self.settings.target
            if isinstance(carrier, slots.ChipCarrier):
                hardware, target = carrier.identity.hardware_id, carrier.identity.target
            storage, clock = self._house.storage, self._gateway.clock
            wire = self._gateway.wire()
            self._enrolment = join(
                storage,
                wire,
                clock,
                self._gateway.identity,
                name=self.settings.name,
                target=target,
                hardware_id=hardware,
            )
            self._house.keep_hardware_id(hardware)
            self._client = client_of(storage, wire, clock, self._enrolment)
        if isinstance(carrier, slots.ChipCarrier):
            if carrier.identity.target != self._enrolment.target:
                raise ChildStrange(
                    f"The child '{self.settings.name}' is a '{carrier.identity.target}' now, "
                    f"enrolled was a '{self._enrolment.target}'."
                )
            self._client.booted(carrier.identity.boot)
        return self._client, self._enrolment

    def _settle(self, carrier: Carrier, enrolment: Enrolment) -> None:
        """Judge a trial by what the child says, and notice a child that runs another model."""
        store = self._house.store
        if store.state.phase is UpdatePhase.TRIAL:
            image = self._house.image_on_trial(enrolment)
            outcome = carrier.outcome(image)
            if outcome.verdict is TrialVerdict.TRIAL:
                carrier.confirm(image)
                outcome = carrier.outcome(image)
            self._judge(outcome, carrier, image)
        elif store.state.active is not None and store.state.phase is UpdatePhase.IDLE:
            content = store.state.slots[store.state.active]
            if carrier.runs(content.sha256) is False:
                log.warning("The child '%s' runs another model.", self.settings.name)
                store.save(store.state.evolve(slots={}, active=None, report_config=True))

    def _judge(self, outcome: TrialOutcome, carrier: Carrier, image: ChildImage) -> None:
        store = self._house.store
        if outcome.verdict is TrialVerdict.GOOD:
            carrier.confirm(image)
            store.save(machine.confirm(store.state))
            log.info("The child '%s' runs its new image.", self.settings.name)
        elif outcome.verdict is not TrialVerdict.TRIAL:
            reason = outcome.why or "The child runs the image before it."
            log.warning("The child '%s' went back: %s", self.settings.name, reason)
            store.save(machine.revert(store.state, reason))

    def _obey(
        self, poll: ddi.Poll, carrier: Carrier, client: DeviceClient, enrolment: Enrolment
    ) -> None:
        updater = ChildUpdater(
            self._house.storage,
            client,
            self._house.store,
            InstructionVerifier(
                client,
                TrustedKeys(self._house.storage, enrolment),
                self._gateway.repository,
                KINDS,
            ),
            NobodyProves(),
            self._gateway.clock,
            self._gateway.breathe,
            self._gateway.held,
            carrier,
            self._gateway.shelf,
        )
        if "cancelAction" in poll.links:
            updater.cancel(poll.links["cancelAction"])
        elif "deploymentBase" in poll.links:
            updater.deploy(poll.links)
        self._enrolment = updater.verifier.trusted_keys.enrolment

    def _deliver_outcomes(self, client: DeviceClient) -> None:
        for outcome in self._house.store.state.outbox:
            self._deliver(client, outcome)

    def _deliver(self, client: DeviceClient, outcome: ActionOutcome) -> None:
        feedback = outcome_feedback(success=outcome.success, reason=outcome.reason)
        try:
            client.action_feedback(outcome.action, feedback)
        except Rejected as error:
            if error.status not in PERMANENT:
                raise
            log.warning("The service will not hear the outcome of %s: %s", outcome.action, error)
        self._house.store.save(machine.delivered(self._house.store.state, outcome))

    def _report(self, url: str | None, carrier: Carrier, client: DeviceClient) -> None:
        store = self._house.store
        told = self._describe(carrier)
        if url is None and not store.state.report_config and told == self._told:
            return
        client.config_data(url, ddi.ConfigData(told))
        self._told = told
        store.save(machine.config_reported(store.state))

    def _describe(self, carrier: Carrier) -> dict[str, str]:
        state = self._house.store.state
        active = state.slots[state.active] if state.active else None
        quality = self.conversation.quality
        lost = 100 * quality.lost // max(quality.asked, 1)
        return {
            **carrier.told(),
            "kind": "microcontroller",
            "gateway": self._gateway.identity.enrolment.controller_id,
            "link": self.link.name,
            "link_lost_percent": str(lost),
            "target": self._enrolment.target if self._enrolment else self.settings.target,
            "release": active.release if active else "",
            "model": active.model if active else "",
            "version": active.version if active else "",
            "sha256": active.sha256 if active else "",
        }


class NobodyProves:
    """The gateway cannot run a child's model: the child proves it, or its boot loader decides."""

    def prove(self, slot: object) -> None:
        """Never asked: ``ChildUpdater`` has its own way to install."""
        raise ModelBroken("A gateway does not run the model of a child.")
