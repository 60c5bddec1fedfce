"""A storage in memory that loses power: at any operation, in any of the ways a real medium may.

Volatile and durable are kept apart: bytes become durable by ``sync``, names by ``sync_folder``.
``after_power_cut`` gives the storage a device finds when it starts again.
"""

import io
import random
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from enum import StrEnum
from posixpath import dirname

from device_agent.errors import StorageUnusable
from device_agent.storage.port import Reader


class PowerCut(BaseException):
    """The device is off. Not an Exception: no code of the agent may survive it."""


class Loss(StrEnum):
    """What else a power cut takes with it."""

    NOTHING = "nothing"  # the kernel had written everything back
    DATA = "data"  # names are there, bytes that were not synced are not
    NAMES = "names"  # unsynced names are as before, with synced bytes
    MIXED = "mixed"  # each name and each file of its own accord, files also torn
    ONLY_NAMES = "only names"  # names are as before, but all bytes are there


@dataclass
class Inode:
    data: bytearray = field(default_factory=bytearray)
    synced: bytes = b""


@dataclass
class Cut:
    """Off at operation ``at`` (from 0); ``torn`` bytes of it happen, None = all, -1 = none."""

    at: int
    torn: int | None = -1


class SimStorage:
    def __init__(self) -> None:
        self.files: dict[str, Inode] = {}
        self.names_synced: dict[str, Inode] = {}
        self.operations = 0
        self.cut: Cut | None = None
        self.fail: Callable[[int, str, str], None] = lambda number, operation, path: None
        self.room = 2**40
        self.log: list[tuple[str, str, int]] = []

    def read(self, path: str, *, limit: int) -> bytes | None:
        inode = self.files.get(path)
        return None if inode is None else bytes(inode.data[:limit])

    def open(self, path: str) -> AbstractContextManager[Reader]:
        if path not in self.files:
            raise StorageUnusable(f"{path}: No such file.")
        return io.BytesIO(bytes(self.files[path].data))

    def read_at(self, path: str, offset: int, size: int) -> bytes:
        if path not in self.files:
            raise StorageUnusable(f"{path}: No such file.")
        return bytes(self.files[path].data[offset : offset + size])

    def size(self, path: str) -> int | None:
        inode = self.files.get(path)
        return None if inode is None else len(inode.data)

    def names(self, folder: str) -> list[str]:
        prefix = f"{folder}/"
        return sorted(p.removeprefix(prefix) for p in self.files if p.startswith(prefix))

    def create(self, path: str) -> None:
        def do(_: int | None) -> None:
            # Truncation of a file that was there is metadata: it may reach the medium at any time.
            self.files.setdefault(path, Inode()).data.clear()
            self.files[path].synced = b""

        self._operate("create", path, do)

    def append(self, path: str, data: bytes) -> None:
        def do(torn: int | None) -> None:
            self.files.setdefault(path, Inode()).data.extend(data if torn is None else data[:torn])

        self._operate("append", path, do, len(data))

    def sync(self, path: str) -> None:
        def do(_: int | None) -> None:
            if path not in self.files:
                raise StorageUnusable(f"{path}: No such file.")
            self.files[path].synced = bytes(self.files[path].data)

        self._operate("sync", path, do)

    def rename(self, old: str, new: str) -> None:
        def do(_: int | None) -> None:
            self.files[new] = self.files.pop(old)

        self._operate("rename", new, do)

    def remove(self, path: str) -> None:
        def do(_: int | None) -> None:
            self.files.pop(path, None)

        self._operate("remove", path, do)

    def make_folder(self, folder: str) -> None:
        self._operate("make_folder", folder, lambda _: None)

    def sync_folder(self, folder: str) -> None:
        def do(_: int | None) -> None:
            here = {p: i for p, i in self.files.items() if dirname(p) == folder}
            others = {p: i for p, i in self.names_synced.items() if dirname(p) != folder}
            self.names_synced = {**others, **here}

        self._operate("sync_folder", folder, do)

    def room_bytes(self) -> int:
        return self.room

    def after_power_cut(self, loss: Loss, seed: int = 0) -> "SimStorage":
        if loss is Loss.MIXED:
            return self._after_mixed_loss(random.Random(seed))
        kept = SimStorage()
        lost_names = loss in {Loss.NAMES, Loss.ONLY_NAMES}
        names = self.names_synced if lost_names else self.files
        for path, inode in names.items():
            data = inode.synced if loss in {Loss.DATA, Loss.NAMES} else bytes(inode.data)
            kept.files[path] = Inode(bytearray(data), data)
        kept.names_synced = dict(kept.files)
        return kept

    def _after_mixed_loss(self, rng: random.Random) -> "SimStorage":
        kept = SimStorage()
        for path in sorted({*self.files, *self.names_synced}):
            names = rng.choice((self.files, self.names_synced))
            inode = names.get(path)
            if inode is not None:
                data = _kept_bytes(inode, rng)
                kept.files[path] = Inode(bytearray(data), data)
        kept.names_synced = dict(kept.files)
        return kept

    def copy(self) -> "SimStorage":
        """The same storage, also in what is not durable yet."""
        made = SimStorage()
        twins = {id(i): Inode(bytearray(i.data), i.synced) for i in self._inodes()}
        made.files = {path: twins[id(inode)] for path, inode in self.files.items()}
        made.names_synced = {path: twins[id(inode)] for path, inode in self.names_synced.items()}
        made.room = self.room
        return made

    def _inodes(self) -> list[Inode]:
        return [*self.files.values(), *self.names_synced.values()]

    def _operate(
        self, operation: str, path: str, do: Callable[[int | None], None], length: int = 0
    ) -> None:
        number, self.operations = self.operations, self.operations + 1
        self.log.append((operation, path, length))
        self.fail(number, operation, path)
        if self.cut is None or number != self.cut.at:
            do(None)
            return
        if self.cut.torn is None:
            do(None)
        elif self.cut.torn >= 0:
            do(self.cut.torn)
        raise PowerCut


def _kept_bytes(inode: Inode, rng: random.Random) -> bytes:
    """What was synced, what was written, or what was written up to somewhere."""
    if bytes(inode.data) == inode.synced:
        return inode.synced
    torn = bytes(inode.data[: rng.randint(0, len(inode.data))])
    return rng.choice((inode.synced, bytes(inode.data), torn))
