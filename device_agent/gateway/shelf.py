"""Images that children wait for: each is downloaded once, whoever asks first, and verified.

A folder per image, named by its digest; it goes when no child waits for it any more.
"""

import threading
from collections.abc import Callable, Collection
from contextlib import AbstractContextManager
from typing import Final

from device_agent.clock import Clock
from device_agent.errors import StorageUnusable, UpdateRefused
from device_agent.net.transport import Stream
from device_agent.protocol.instruction import ArtifactName
from device_agent.storage.port import Storage
from device_agent.update import download
from device_agent.update.download import BundleDownload

IMAGE_MAX: Final = 16 * 1024 * 1024  # bytes of an image for a microcontroller
PREFIX: Final = "image-"

Opener = Callable[[dict[str, str]], AbstractContextManager[Stream]]


class ImageShelf:
    """What is on the gateway's own medium for its children."""

    def __init__(self, storage: Storage, clock: Clock) -> None:
        self._storage, self._clock = storage, clock
        self._locks: dict[str, threading.Lock] = {}
        self._guard = threading.Lock()
        self.downloads = 0  # since the start; children that share an image share one

    def take(self, artifact: ArtifactName, opener: Opener, breathe: Callable[[], None]) -> bytes:
        """Return the image's bytes, downloaded if they are not here yet. Raises what stopped it."""
        if artifact.length > IMAGE_MAX:
            raise UpdateRefused(
                f"The image has {artifact.length} bytes, a gateway carries {IMAGE_MAX}."
            )
        fetching = BundleDownload(
            self._storage, self._clock, artifact, breathe, folder=PREFIX + artifact.sha256
        )
        with self._lock(artifact.sha256):
            if not fetching.complete():
                self.downloads += 1
                fetching.fetch(opener)
            data = self._storage.read(fetching.part, limit=artifact.length + 1)
        if data is None or len(data) != artifact.length:
            raise StorageUnusable("The image is not on the medium as it was written.")
        return data

    def keep_only(self, wanted: Collection[str]) -> None:
        """Remove the images whose digests are not among these."""
        for name in self._storage.names(""):
            sha256 = name.removeprefix(PREFIX)
            if name.startswith(PREFIX) and sha256 not in wanted:
                with self._lock(sha256):
                    download.clear(self._storage, name)

    def _lock(self, sha256: str) -> threading.Lock:
        with self._guard:
            return self._locks.setdefault(sha256, threading.Lock())
