"""What the children of a gateway share, and what each has of its own."""

import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from device_agent.clock import Clock
from device_agent.errors import StorageUnusable
from device_agent.gateway.carriers.carrier import ChildImage
from device_agent.gateway.joining import GatewayIdentity
from device_agent.gateway.line.link import ChildStrange
from device_agent.gateway.shelf import ImageShelf
from device_agent.identity.keys import Enrolment
from device_agent.net.transport import Wire
from device_agent.state import slots
from device_agent.state.record import AgentState, Slot
from device_agent.state.state_store import StateStore
from device_agent.storage import durable
from device_agent.storage.port import Storage
from device_agent.telemetry.spool import Spool
from device_agent.update.repository import LookupResult, Repository
from device_agent.update.trust import open_kept

HARDWARE_ID, BOOT_DIGESTS = "hardware-id", "boot-digests.json"
NOTE_MAX = 16 * 1024  # bytes
DIGESTS_MAX = 4  # images of one child whose digests are remembered


class OneAtATime:
    """A repository whose metadata several children share: one looks something up at a time."""

    def __init__(self, repository: Repository) -> None:
        self._repository, self._lock = repository, threading.Lock()

    def look_up(self, url: str, path: str, *, root: bytes, now: float) -> LookupResult:
        """See ``Repository``."""
        with self._lock:
            return self._repository.look_up(url, path, root=root, now=now)


@dataclass
class GatewayHouse:
    """What all children share."""

    identity: GatewayIdentity
    wire: Callable[[], Wire]
    clock: Clock
    repository: Repository
    shelf: ImageShelf
    breathe: Callable[[], None] = lambda: None
    held: Callable[[], bool] = lambda: False
    _claims: dict[str, bytes] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def claim(self, name: str, hardware_id: bytes) -> None:
        """One board is one child, whichever lines lead to it. Raises ``ChildStrange``."""
        with self._lock:
            for other, known in self._claims.items():
                if hardware_id and known == hardware_id and other != name:
                    raise ChildStrange(
                        f"The board '{hardware_id.hex()}' answers as '{name}' and as '{other}'."
                    )
            self._claims[name] = hardware_id


class ChildHouse:
    """A child's folder: its key, its state, its windows."""

    def __init__(self, storage: Storage, *, spool_bytes: int) -> None:
        self.storage = storage
        for slot in Slot:
            storage.make_folder(slots.folder(slot))
        self.store = StateStore.load(storage) or StateStore.begin(storage, AgentState())
        self.spool = Spool(storage, limit_bytes=spool_bytes)
        self.boot_digests = _BootDigests(storage)

    @property
    def hardware_id(self) -> bytes | None:
        """Return which board was enrolled; None before any was."""
        raw = self.storage.read(HARDWARE_ID, limit=NOTE_MAX)
        return None if raw is None else bytes.fromhex(raw.decode("ascii", "replace").strip())

    def keep_hardware_id(self, hardware_id: bytes) -> None:
        """Pin the board."""
        if self.hardware_id != hardware_id:
            durable.replace(self.storage, HARDWARE_ID, hardware_id.hex().encode())

    def image_on_trial(self, enrolment: Enrolment) -> ChildImage:
        """Return what the child was given, without its bytes. Raises ``StorageUnusable``,
        ``Unverified`` where its signed documents are gone, or are not what was verified.
        """
        state = self.store.state
        document = None if state.trial is None else slots.slot_document(self.storage, state.trial)
        if document is None:
            raise StorageUnusable("The signed documents of the image on trial are gone.")
        return ChildImage(b"", open_kept(document, enrolment).instruction, document)


class _BootDigests(dict[str, str]):
    """SHA-256 of a file → the digest that a boot loader knows its image by; kept on the medium."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage
        raw = storage.read(BOOT_DIGESTS, limit=NOTE_MAX)
        try:
            found = json.loads(raw) if raw else {}
        except ValueError:
            found = {}
        super().__init__(found if isinstance(found, dict) else {})

    def __setitem__(self, sha256: str, digest: str) -> None:
        if self.get(sha256) != digest:
            while len(self) >= DIGESTS_MAX:
                del self[next(iter(self))]
            super().__setitem__(sha256, digest)
            durable.replace(self._storage, BOOT_DIGESTS, json.dumps(self).encode())
