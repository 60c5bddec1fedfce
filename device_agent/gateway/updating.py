"""Carries one update to a child, each step durable before the next, as the agent does its own.

What differs from the agent's own update is where the image goes, and who proves it: it lies on the
gateway's shelf and not in a slot of the gateway, and the child runs the golden vectors, or its boot
loader decides. What is verified, and in which order, is the same, and comes from the same place.
"""

from dataclasses import dataclass
from typing import Final

from device_agent.gateway.carriers.carrier import Carrier, ChildImage
from device_agent.gateway.shelf import ImageShelf
from device_agent.protocol.ddi import Execution
from device_agent.state import machine, slots
from device_agent.state.record import UpdatePhase
from device_agent.update.updater import Updater, artifact_offered
from device_agent.update.verifier import VerifiedInstruction

PARTS: Final = 4  # of an upload that are reported


@dataclass(frozen=True, slots=True)
class ChildUpdater(Updater):
    """An update of a child. The phases and their table are those of the agent's own updates."""

    carrier: Carrier
    shelf: ImageShelf

    def _fetch(self, verified: VerifiedInstruction) -> None:
        if self.store.state.phase is not UpdatePhase.FETCHING:
            return
        self._image(verified)
        self._report_progress(
            verified.url, Execution.DOWNLOADED, "The gateway has the image.", done=1
        )
        self.store.save(machine.fetched(self.store.state))

    def _install(self, verified: VerifiedInstruction) -> None:
        image = self._image(verified)
        self.carrier.hold_against(image)
        self._keep_proof(verified)
        self.carrier.send(image, _Parts(self, verified, len(image.data)).at)
        self._report_progress(
            verified.url, Execution.PROCEEDING, "The child has the image.", done=2
        )
        self.carrier.switch(image)
        self.store.save(machine.switch(self.store.state))
        self._report_progress(
            verified.url, Execution.PROCEEDING, "The child runs it, on trial.", done=3
        )

    def report(self, verified: VerifiedInstruction, detail: str) -> None:
        """Tell the service how far the upload is."""
        self._report_progress(verified.url, Execution.PROCEEDING, detail, done=1)

    def _image(self, verified: VerifiedInstruction) -> ChildImage:
        href = artifact_offered(verified).download
        data = self.shelf.take(
            verified.instruction.artifact,
            lambda headers: self.client.download(href, headers),
            self.yield_,
        )
        return ChildImage(data, verified.instruction, verified.document)

    def _keep_proof(self, verified: VerifiedInstruction) -> None:
        """Keep the signed documents, so that the folder of a child tells what it was given."""
        slot = self.store.state.inactive
        slots.put_document(self.storage, slot, verified.document)


class _Parts:
    """Reports an upload in a few parts, however many pieces it has."""

    def __init__(self, updater: ChildUpdater, verified: VerifiedInstruction, whole: int) -> None:
        self._updater, self._verified, self._whole = updater, verified, whole
        self._told = 0

    def at(self, held: int) -> None:
        """The child has this many bytes."""
        self._updater.yield_()
        part = held * PARTS // max(self._whole, 1)
        if part > self._told:
            self._told = part
            detail = f"The child has {held} of {self._whole} bytes."
            self._updater.report(self._verified, detail)
