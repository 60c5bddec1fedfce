"""Files that survive a power cut at any instant, made from the operations of the storage port.

* ``replace``: the old content or the new, never anything between, and durable when it returns.
* ``Journal``: one small JSON record in two alternating files, each with length, sequence and
  CRC. The newest valid one counts; a torn or rotten file costs one step of history, never both.
"""

import json
import zlib
from collections.abc import Mapping
from posixpath import dirname

from device_agent.errors import AgentError
from device_agent.storage.port import Storage

RECORD_LIMIT = 1024 * 1024  # bytes of a journal record
MAGIC = "EFJ1"
TEMPORARY = ".new"


def replace(storage: Storage, path: str, data: bytes) -> None:
    """Put ``data`` at ``path``: written aside, synced, renamed, and the name synced."""
    aside = path + TEMPORARY
    storage.create(aside)
    storage.append(aside, data)
    storage.sync(aside)
    storage.rename(aside, path)
    storage.sync_folder(dirname(path))


def remove(storage: Storage, path: str) -> None:
    """Remove a file durably."""
    if storage.size(path) is not None:
        storage.remove(path)
        storage.sync_folder(dirname(path))


class Journal:
    """One record, kept twice."""

    def __init__(self, storage: Storage, name: str) -> None:
        self._storage = storage
        self._paths = (f"{name}.0", f"{name}.1")
        self._sequence = 0

    def load(self) -> dict[str, object] | None:
        """Return the newest valid record; None if there is none."""
        found = [record for path in self._paths if (record := self._read(path))]
        if not found:
            return None
        self._sequence, newest = max(found, key=lambda record: record[0])
        return newest

    def save(self, record: Mapping[str, object], *, twice: bool = False) -> None:
        """Write over the older of the two files; over both if losing this step is not allowed."""
        for _ in range(2 if twice else 1):
            self._sequence += 1
            body = encode_record(self._sequence, record)
            replace(self._storage, self._paths[self._sequence % 2], body)

    @property
    def damaged(self) -> bool:
        """Whether a file is there that is not a valid record."""
        return any(
            self._storage.size(path) is not None and self._read(path) is None
            for path in self._paths
        )

    def _read(self, path: str) -> tuple[int, dict[str, object]] | None:
        try:
            raw = self._storage.read(path, limit=RECORD_LIMIT)
        except AgentError:  # an unreadable half is what the other half is for
            return None
        return None if raw is None else decode_record(raw)


def encode_record(sequence: int, record: Mapping[str, object]) -> bytes:
    """Return one line of head, then the record's JSON."""
    body = json.dumps(record, sort_keys=True).encode()
    head = f"{MAGIC} {sequence} {len(body)} {zlib.crc32(body, sequence & 0xFFFFFFFF)}\n"
    return head.encode() + body


def decode_record(raw: bytes) -> tuple[int, dict[str, object]] | None:
    """Sequence and record, if every byte is there and right."""
    head, _, body = raw.partition(b"\n")
    try:
        magic, sequence, length, checksum = head.decode("ascii").split(" ")
        numbers = int(sequence), int(length), int(checksum)
    except (ValueError, UnicodeDecodeError):
        return None
    crc = zlib.crc32(body, numbers[0] & 0xFFFFFFFF)
    if (magic, len(body), crc) != (MAGIC, numbers[1], numbers[2]):
        return None
    try:
        record = json.loads(body)
    except (ValueError, RecursionError):  # a right checksum over what was never a record
        return None
    return (numbers[0], record) if isinstance(record, dict) else None
