"""Sealed windows that wait to be sent: they survive a restart and never fill the medium.

* One file per window, named by boot and number, so that the oldest is the first by name.
* Bounded in bytes: the oldest go first, and the window that pushes them out tells how many.
* A medium that takes nothing costs windows, counted like the others, and nothing else.
* A file that is not a valid frame (a torn write) is dropped and counted like the others.
"""

import logging
from collections.abc import Iterator
from posixpath import join

from device_agent.errors import StorageUnusable
from device_agent.protocol.errors import ProtocolError
from device_agent.protocol.frame import FRAME_LIMIT, Frame, decode_frame, encode_frame
from device_agent.storage import durable
from device_agent.storage.port import Storage

log = logging.getLogger(__name__)

FOLDER = "spool"
SUFFIX = ".cbor"


class Spool:
    """The windows of this device that the service has not confirmed."""

    def __init__(self, storage: Storage, *, limit_bytes: int) -> None:
        self._storage, self._limit_bytes = storage, limit_bytes
        self.dropped = 0  # since somebody asked
        self.lost = 0  # since the start
        try:
            storage.make_folder(FOLDER)
            storage.sync_folder("")
            self._remove_half_written()
        except StorageUnusable as error:
            log.warning("Windows cannot be kept: %s", error)

    def put(self, frame: Frame) -> bool:
        """Keep a sealed window, and make room for it if there is none; whether it was possible."""
        try:
            durable.replace(self._storage, _path(frame), encode_frame(frame))
            self._bound(keep=_path(frame))
        except StorageUnusable as error:
            log.warning("A window is lost: %s", error)
            self.lose()
            return False
        return True

    def waiting(self) -> Iterator[tuple[str, Frame, bytes]]:
        """Return name, frame and bytes of every window, oldest first."""
        for path in self._paths():
            try:
                raw = self._storage.read(path, limit=FRAME_LIMIT + 1) or b""
                frame = decode_frame(raw)
            except StorageUnusable as error:  # one that cannot be read does not hold up the others
                log.warning("A window waits: %s", error)
            except ProtocolError:
                self._drop(path)
            else:
                yield path, frame, raw

    def remove(self, path: str) -> None:
        """The service has it."""
        self._storage.remove(path)

    def settle(self) -> None:
        """Make removals last; without it a removed window is sent twice, and counted once."""
        self._storage.sync_folder(FOLDER)

    def lose(self) -> None:
        """A window will never reach the service."""
        self.dropped += 1
        self.lost += 1

    def take_dropped(self) -> int:
        """Return how many windows were lost since this was last asked."""
        dropped, self.dropped = self.dropped, 0
        return dropped

    @property
    def size_bytes(self) -> int:
        """What all windows take."""
        return sum(self._storage.size(path) or 0 for path in self._paths())

    def _bound(self, *, keep: str) -> None:
        excess = self.size_bytes - self._limit_bytes
        for path in self._paths():
            if excess <= 0 or path == keep:
                return
            excess -= self._storage.size(path) or 0
            self._drop(path)

    def _drop(self, path: str) -> None:
        self._storage.remove(path)
        self.lose()

    def _paths(self) -> list[str]:
        names = self._storage.names(FOLDER)
        return [join(FOLDER, name) for name in names if name.endswith(SUFFIX)]

    def _remove_half_written(self) -> None:
        for name in self._storage.names(FOLDER):
            if not name.endswith(SUFFIX):
                self._storage.remove(join(FOLDER, name))


def _path(frame: Frame) -> str:
    return join(FOLDER, f"{frame.boot_id:08x}-{frame.seq:08x}{SUFFIX}")
