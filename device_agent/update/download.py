"""Fetch an artifact: resumed over restarts, never longer than signed, never slower than the limit.

* What is on disk is continued with Range and If-Range; an answer that does not fit starts over.
* The bytes are worth nothing until their digest is right; a wrong digest discards them.
* A peer that sends less than ``DRIP_BYTES`` in ``DRIP_SECONDS`` is left.
* Attempts without progress are counted on disk; after ``STALLS_LIMIT`` the update is given up.
"""

import hashlib
import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass

from device_agent.clock import Clock
from device_agent.errors import DownloadStuck, ServiceUnreachable, StorageFull
from device_agent.net.transport import Stream
from device_agent.protocol.bundle import CHUNK
from device_agent.protocol.instruction import ArtifactName
from device_agent.storage import durable
from device_agent.storage.durable import decode_record, encode_record
from device_agent.storage.port import Storage

FOLDER = "download"
PART_NAME, NOTE_NAME = "bundle.part", "bundle.note"
PART = f"{FOLDER}/{PART_NAME}"
NOTE = f"{FOLDER}/{NOTE_NAME}"
NOTE_LIMIT = 4096  # bytes
DRIP_SECONDS = 60.0
DRIP_BYTES = 60 * 1024
STALLS_LIMIT = 30
ROOM_MARGIN_BYTES = 1024 * 1024
STRONG_ETAG = re.compile(r'"[\x21\x23-\x7e]{1,256}"')
CONTENT_RANGE = re.compile(r"bytes (\d{1,15})-(\d{1,15})/(\d{1,15}|\*)")

Opener = Callable[[dict[str, str]], AbstractContextManager[Stream]]


@dataclass(frozen=True, slots=True)
class Note:
    """What is known about the bytes on disk."""

    sha256: str
    etag: str = ""
    stalls: int = 0


@dataclass(frozen=True, slots=True)
class BundleDownload:
    """One artifact on its way."""

    storage: Storage
    clock: Clock
    artifact: ArtifactName
    yield_: Callable[[], None]
    folder: str = FOLDER
    stalls_limit: int = STALLS_LIMIT

    @property
    def part(self) -> str:
        """Where the bytes are."""
        return f"{self.folder}/{PART_NAME}"

    @property
    def note(self) -> str:
        """Where is kept what is known about them."""
        return f"{self.folder}/{NOTE_NAME}"

    def begun(self) -> bool:
        """Tell whether this very artifact was begun to be fetched."""
        note = self._read_note()
        return note is not None and note.sha256 == self.artifact.sha256

    def fetch(self, opener: Opener) -> None:
        """Bring all bytes to disk and verify them; raises what stopped it."""
        note = self._prepare()
        held = self._held()
        if held < self.artifact.length:
            self._continue(opener, note, held)
        self.storage.sync(self.part)
        self.storage.sync_folder(self.folder)
        if not self.complete():
            self.discard(note)
            raise ServiceUnreachable("What was downloaded is not what was signed.")

    def complete(self) -> bool:
        """Tell whether the bytes on disk are the artifact."""
        if self._held() != self.artifact.length:
            return False
        digest = hashlib.sha256()
        with self.storage.open(self.part) as file:
            while data := file.read(CHUNK):
                digest.update(data)
        return digest.hexdigest() == self.artifact.sha256

    def discard(self, note: Note) -> None:
        """Start over the next time, and remember that this time led nowhere."""
        durable.remove(self.storage, self.part)
        self._write_note(Note(note.sha256, "", note.stalls + 1))

    def _prepare(self) -> Note:
        self.storage.make_folder(self.folder)
        note = self._read_note()
        if note is None or note.sha256 != self.artifact.sha256:
            self._require_room()
            durable.remove(self.storage, self.part)
            note = Note(self.artifact.sha256)
            self._write_note(note)
        if note.stalls >= self.stalls_limit:
            raise DownloadStuck(f"The download made no progress in {self.stalls_limit} attempts.")
        return note

    def _require_room(self) -> None:
        # Once as it is fetched, once in its slot.
        needed = 2 * self.artifact.length + ROOM_MARGIN_BYTES
        room = self.storage.room_bytes()
        if room < needed:
            raise StorageFull(f"The update needs {needed} bytes, {room} are free.")

    def _continue(self, opener: Opener, note: Note, held: int) -> None:
        headers = {}
        if held:
            headers["Range"] = f"bytes={held}-"
            if note.etag:
                headers["If-Range"] = note.etag
        with opener(headers) as stream:
            held = self._place(stream, note, held)
            self._take_all(stream, note, held)

    def _place(self, stream: Stream, note: Note, held: int) -> int:
        """Return where the answer's first byte belongs; the file is cut to there."""
        if stream.status == 206 and held and self._continues(stream, held):
            return held
        if stream.status != 200:
            self.discard(note)
            raise ServiceUnreachable(f"The download was answered with status {stream.status}.")
        self._require_length(stream, note)
        etag = stream.headers.get("etag", "")
        self._write_note(
            Note(note.sha256, etag if STRONG_ETAG.fullmatch(etag) else "", note.stalls)
        )
        self.storage.create(self.part)
        return 0

    def _continues(self, stream: Stream, held: int) -> bool:
        found = CONTENT_RANGE.fullmatch(stream.headers.get("content-range", ""))
        if not found:
            return False
        total = found[3] if found[3] != "*" else str(self.artifact.length)
        return (int(found[1]), int(total)) == (held, self.artifact.length)

    def _require_length(self, stream: Stream, note: Note) -> None:
        announced = stream.headers.get("content-length")
        if announced is not None and announced != str(self.artifact.length):
            self._stalled(note)
            raise ServiceUnreachable(
                f"The download has {announced} bytes, {self.artifact.length} were signed."
            )

    def _take_all(self, stream: Stream, note: Note, held: int) -> None:
        begun = held
        try:
            for piece in _paced(stream, self.clock):
                held += len(piece)
                self._take(piece, note, held)
        finally:
            if held == begun:
                self._stalled(note)
        if held < self.artifact.length:
            raise ServiceUnreachable("The download ended early.")

    def _take(self, piece: bytes, note: Note, held: int) -> None:
        if held > self.artifact.length:
            self.discard(note)
            raise ServiceUnreachable("The download is longer than was signed.")
        self.storage.append(self.part, piece)
        self.yield_()

    def _stalled(self, note: Note) -> None:
        current = self._read_note() or note
        self._write_note(Note(current.sha256, current.etag, current.stalls + 1))

    def _held(self) -> int:
        return self.storage.size(self.part) or 0

    def _read_note(self) -> Note | None:
        raw = self.storage.read(self.note, limit=NOTE_LIMIT)
        found = None if raw is None else decode_record(raw)
        if found is None:
            return None
        sha256, etag, stalls = (found[1].get(key) for key in Note.__slots__)
        return Note(str(sha256), str(etag), stalls if isinstance(stalls, int) else 0)

    def _write_note(self, note: Note) -> None:
        record = {name: getattr(note, name) for name in Note.__slots__}
        durable.replace(self.storage, self.note, encode_record(0, record))


def clear(storage: Storage, folder: str = FOLDER) -> None:
    """Forget what was downloaded."""
    durable.remove(storage, f"{folder}/{PART_NAME}")
    durable.remove(storage, f"{folder}/{NOTE_NAME}")


def _paced(stream: Stream, clock: Clock) -> Iterator[bytes]:
    since, taken = clock.uptime(), 0
    while piece := stream.read():
        taken += len(piece)
        yield piece
        now = clock.uptime()
        if now - since >= DRIP_SECONDS:
            if taken < DRIP_BYTES:
                raise ServiceUnreachable("The download is too slow to be of use.")
            since, taken = now, 0
