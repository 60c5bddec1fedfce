"""An artifact by a delta: less to download, made here from what the active slot holds.

* The delta is fetched as any file is: resumed over restarts, never longer than it was offered.
* What it makes is written aside; only when its digest is the one that was signed does it lie where
  a download would have put it. A start that was cut short begins to write again, from the delta
  that is here already.
* Whatever is wrong with a delta, the whole file is downloaded, and one sentence says so. Where
  the service cannot be reached, the next visit goes on.
"""

import hashlib
import logging
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Final

from device_agent.clock import Clock
from device_agent.errors import Rejected, Unverified, UpdateRefused
from device_agent.net.transport import Stream
from device_agent.protocol.delta.offer import NOTHING, DeltaOffer
from device_agent.protocol.delta.sequential import apply_patch
from device_agent.protocol.errors import ProtocolError
from device_agent.protocol.instruction import ArtifactName
from device_agent.state.archive import SlotArchive
from device_agent.state.record import AgentState
from device_agent.storage import durable
from device_agent.storage.port import Storage
from device_agent.update import download
from device_agent.update.download import BundleDownload

log = logging.getLogger(__name__)

FOLDER: Final = "delta"
RESULT: Final = f"{FOLDER}/result"
STALLS_LIMIT: Final = 3  # a whole file is worth more patience
# Of the delta itself; a service that is away and a medium that fails are the update's own trouble.
FAULTS: Final = (ProtocolError, UpdateRefused, Rejected)

Open = Callable[[str, dict[str, str]], AbstractContextManager[Stream]]


@dataclass(frozen=True, slots=True)
class DeltaDownload:
    """One artifact, and the deltas that are offered for it."""

    storage: Storage
    clock: Clock
    artifact: ArtifactName
    yield_: Callable[[], None]

    def fetch(self, offers: Sequence[DeltaOffer], state: AgentState, opener: Open) -> str:
        """Bring the artifact to where a download brings it, and say by how many bytes; nothing
        where the whole file has to be downloaded.
        """
        offer = _chosen(offers, state, self.artifact)
        whole = BundleDownload(self.storage, self.clock, self.artifact, self.yield_)
        # What was begun as a whole is ended as a whole: it may have been a delta that failed.
        if offer is None or whole.begun():
            return ""
        told = f"{offer.size} of {self.artifact.length} bytes were downloaded."
        if whole.complete():  # made by a start that ended before it could say so
            return told
        try:
            self._bring(offer, opener)
            self._make(offer, state)
        except FAULTS as error:
            log.warning("No update by a delta, the whole file is downloaded: %s", error)
            clear(self.storage)
            return ""
        return told

    def _bring(self, offer: DeltaOffer, opener: Open) -> None:
        name = ArtifactName(self.artifact.name, offer.sha256, offer.size)
        fetching = BundleDownload(
            self.storage, self.clock, name, self.yield_, FOLDER, stalls_limit=STALLS_LIMIT
        )
        if not fetching.complete():
            fetching.fetch(lambda headers: opener(offer.download, headers))

    def _make(self, offer: DeltaOffer, state: AgentState) -> None:
        digest = hashlib.sha256()

        def take(piece: bytes) -> None:
            digest.update(piece)
            self.storage.append(RESULT, piece)
            self.yield_()

        self.storage.create(RESULT)
        read_at, length = _base(self.storage, offer, state)
        with self.storage.open(f"{FOLDER}/{download.PART_NAME}") as patch:
            apply_patch(patch, read_at, length, self.artifact.length, take)
        if digest.hexdigest() != self.artifact.sha256:
            raise Unverified("What the delta makes is not what was signed.")
        self._place()

    def _place(self) -> None:
        self.storage.sync(RESULT)
        self.storage.make_folder(download.FOLDER)
        self.storage.rename(RESULT, download.PART)
        self.storage.sync_folder(download.FOLDER)


def clear(storage: Storage) -> None:
    """Forget what was fetched and made of a delta."""
    durable.remove(storage, RESULT)
    download.clear(storage, FOLDER)


def _chosen(
    offers: Sequence[DeltaOffer], state: AgentState, artifact: ArtifactName
) -> DeltaOffer | None:
    """Return the first that can be used here and is shorter than the whole file."""
    held = state.slots[state.active].sha256 if state.active else NOTHING
    usable = (offer for offer in offers if offer.source in {NOTHING, held})
    return next((offer for offer in usable if offer.size < artifact.length), None)


def _base(
    storage: Storage, offer: DeltaOffer, state: AgentState
) -> tuple[Callable[[int, int], bytes], int]:
    if offer.source == NOTHING or state.active is None:
        return lambda offset, size: b"", 0
    archive = SlotArchive(storage, state.active)
    return archive.read_at, archive.length
