"""A challenger beside the model that runs: taken up from an order, asked, counted, reported, ended.

* Only a released artifact runs: the builder's signature, the update repository and the bytes must
  agree, as for an update, and its security counter must not be older than what ran here.
* The champion never waits and never notices: whatever goes wrong here ends the challenger alone.
"""

import logging
from array import array
from collections.abc import Mapping
from dataclasses import replace

from device_agent.agent import Agent
from device_agent.errors import (
    AgentError,
    ModelBroken,
    Rejected,
    ServiceUnreachable,
    StorageUnusable,
    UpdateRefused,
)
from device_agent.model import Inference
from device_agent.model.challenger import MIB, Budget, Challenger
from device_agent.protocol.errors import ProtocolError
from device_agent.protocol.field import shadow
from device_agent.protocol.field.shadow import (
    PAIRS_MAX,
    REASON_MAX,
    ShadowOrder,
    ShadowReport,
    ShadowState,
)
from device_agent.protocol.manifest import Manifest
from device_agent.protocol.schema import predicted_class
from device_agent.state import slots
from device_agent.state.record import UpdatePhase
from device_agent.storage.port import FileStorage
from device_agent.update import download
from device_agent.update.challenge import verify
from device_agent.update.download import BundleDownload

log = logging.getLogger(__name__)

FOLDER = "challenger"
MODEL_FOLDER = "challenger-model"


class Agreement:
    """How often both say the same, by pair of classes; bounded by the number of pairs."""

    def __init__(self) -> None:
        self._pairs: dict[tuple[int, int], int] = {}
        self.skipped = 0

    def add(self, champion: int, challenger: int) -> None:
        """Count one inference of both; a pair beyond all that fit is skipped."""
        pair = (champion, challenger)
        if pair in self._pairs or len(self._pairs) < PAIRS_MAX:
            self._pairs[pair] = self._pairs.get(pair, 0) + 1
        else:
            self.skipped += 1

    @property
    def ran(self) -> int:
        """Inferences of both."""
        return sum(self._pairs.values())

    @property
    def pairs(self) -> tuple[tuple[int, int, int], ...]:
        """(champion's class, challenger's class, inferences), in order."""
        return tuple((*pair, count) for pair, count in sorted(self._pairs.items()))


class Challenging:
    """At most one challenger at a time."""

    def __init__(self, agent: Agent, storage: FileStorage) -> None:
        self._agent, self._storage = agent, storage
        self._url = ""
        self._order: ShadowOrder | None = None
        self._manifest: Manifest | None = None
        self._champion: Manifest | None = None
        self._child: Challenger | None = None
        self._state, self._reason = ShadowState.WAITING, ""
        self._counted = Agreement()
        self._turn = self._seq = 0
        self._asked: int | None = None  # what the champion said to the question under way
        self._told: ShadowReport | None = None

    def champion(self, manifest: Manifest | None) -> None:
        """Another model runs now, or none: counts begin at zero."""
        self._close()
        self._champion = manifest
        self._counted, self._turn = Agreement(), 0

    def record(self, inference: Inference) -> None:
        """The champion has run; perhaps it is the challenger's turn. Never raises."""
        order, child = self._order, self._child
        if order is None or child is None or self._agent.state.phase is UpdatePhase.TRIAL:
            return
        self._turn += 1
        if self._turn % order.every:
            return
        if child.busy or not child.ready:
            self._counted.skipped += 1
            return
        try:
            self._asked = predicted_class(array("b", inference.outputs[0]))
            child.ask(inference.inputs, now=self._agent.clock.uptime())
        except Exception as error:  # whatever it is, it is not the champion's
            self._stop(ModelBroken(f"The challenger cannot be asked: {error}."))

    def pump(self) -> None:
        """Start what is to start, hear what is to hear. Never raises, never waits."""
        try:
            self._start()
            if self._child is not None:
                found = self._child.hear(now=self._agent.clock.uptime())
                if found is not None and self._asked is not None:
                    self._counted.add(self._asked, found)
                    self._asked = None
        except (ModelBroken, UpdateRefused) as error:
            self._stop(error)
        except Exception as error:  # a fault of ours must not reach the champion either
            log.exception("The challenger ends by a fault of the agent.")
            self._stop(ModelBroken(f"A fault of the agent: {type(error).__name__}."))

    def heard(self, links: Mapping[str, str]) -> None:
        """Follow what the service asks for, and tell what came of it."""
        url = links.get(shadow.REL, "")
        if url != self._url:
            self.end()
            if url:
                self._take_up(url, links)
        if self._url:
            try:
                self._report()
            except AgentError as error:
                log.warning("What came of the challenger is told later: %s", error)
                self._told = None

    def end(self) -> None:
        """Run no challenger any more, and keep none."""
        self._close()
        had, self._url, self._order, self._told = self._url, "", None, None
        self._state, self._reason = ShadowState.WAITING, ""
        self._counted, self._turn = Agreement(), 0
        if had:
            self._tidy()

    def _take_up(self, url: str, links: Mapping[str, str]) -> None:
        agent = self._agent
        try:
            order = agent.client.shadow_order(url)
            verify(
                order,
                links.get("tuf"),
                agent.trusted_keys,
                agent.repository,
                agent.state,
                agent.clock,
            )
            fetching = BundleDownload(
                self._storage, agent.clock, order.artifact, agent.yield_, FOLDER
            )
            fetching.fetch(lambda headers: agent.client.download(order.download, headers))
            self._manifest = slots.unpack(self._storage, MODEL_FOLDER, fetching.part, order)
        except (ServiceUnreachable, Rejected, StorageUnusable) as error:
            log.warning("The challenger waits: %s", error)
            return
        except (AgentError, ProtocolError) as error:
            self._url = url
            self._refuse(str(error))
            return
        self._url, self._order = url, order
        log.info("Runs %s %s beside its model.", order.model, order.version)

    def _start(self) -> None:
        order, champion, manifest = self._order, self._champion, self._manifest
        if self._child is not None and order and self._agent.clock.wall() > order.until:
            self._close()
            self._state, self._reason = ShadowState.WAITING, "Its time is over."
            self._order = None
            return
        if order is None or champion is None or manifest is None or self._child is not None:
            return
        require_fit(champion, manifest)
        budget = Budget(order.time_ms / 1000, order.memory_mib * MIB)
        folder = self._storage.root / MODEL_FOLDER
        now = self._agent.clock.uptime()
        self._child = Challenger(folder, budget, champion.inputs, now=now)
        self._state, self._reason = ShadowState.RUNNING, ""

    def _stop(self, error: AgentError) -> None:
        self._close()
        self._order = None
        if isinstance(error, UpdateRefused):
            self._refuse(str(error))
            return
        self._state, self._reason = ShadowState.STOPPED, str(error)[:REASON_MAX]
        log.warning("The challenger is stopped: %s", error)

    def _refuse(self, reason: str) -> None:
        self._state, self._reason = ShadowState.REFUSED, reason[:REASON_MAX]
        log.warning("The challenger is refused: %s", reason)

    def _close(self) -> None:
        if self._child is not None:
            self._child.close()
        self._child = self._asked = None

    def _report(self) -> None:
        if self._champion is None:
            return
        report = ShadowReport(
            id=shadow.id_of(self._url),
            champion=self._champion.version,
            boot_id=self._agent.state.boot_id,
            seq=self._seq,
            state=self._state,
            reason=self._reason,
            ran=self._counted.ran,
            skipped=self._counted.skipped,
            pairs=self._counted.pairs,
        )
        if report == self._told:
            return
        self._seq += 1
        self._told = replace(report, seq=self._seq)
        self._agent.client.shadow_report(self._url, self._told)

    def _tidy(self) -> None:
        try:
            download.clear(self._storage, FOLDER)
        except StorageUnusable as error:
            log.warning("Could not tidy up: %s", error)


def require_fit(champion: Manifest, challenger: Manifest) -> None:
    """Refuse a challenger whose answers cannot be laid beside the champion's."""
    if challenger.model != champion.model:
        raise UpdateRefused(
            f"The challenger is of model '{challenger.model}', not '{champion.model}'."
        )
    if challenger.class_names != champion.class_names:
        raise UpdateRefused("The challenger has other classes than the model that runs.")
    for each in (champion, challenger):
        first = each.outputs[0]
        if first.dtype != "int8" or first.bytes < 2:
            raise UpdateRefused("Only classifiers with 8-bit outputs can be compared.")
    given, wanted = champion.inputs, challenger.inputs
    shapes = [[tensor.shape for tensor in each] for each in (given, wanted)]
    if shapes[0] != shapes[1]:
        raise UpdateRefused(
            "The challenger takes inputs of another shape than the model that runs."
        )
