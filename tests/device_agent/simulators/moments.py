"""Every storage that a device may find after a power cut, at every moment of a run.

``WatchedStorage`` stops before each operation, after it, and where it is half done, and hands out
what the medium may hold then: any subset of the names that were not synced, and of each file that
was not synced its old bytes, its new bytes or a torn beginning of them. When the process is killed
and the power stays, everything is there, and what was not synced may still be lost later.
"""

import itertools
import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TypeVar

from tests.device_agent.simulators.storage import Inode, SimStorage

Files = Mapping[str, bytes]
T = TypeVar("T")

ASIDE = ".new"  # a file that is being written; nobody ever reads one
GRID_BYTES = 1024  # torn writes end at its multiples, after one byte, in the middle, or one short
FORMS_LIMIT = 20_000  # choices at one moment; of more, all that differ in two from all or none


class Unfinished(AssertionError):
    """The agent read a file that may be half written."""


class WatchedStorage(SimStorage):
    """Calls ``look`` at every moment at which the power may go."""

    def __init__(
        self,
        files: Files,
        look: Callable[["WatchedStorage"], None],
        *,
        alive: SimStorage | None = None,
    ) -> None:
        super().__init__()
        if alive is None:
            self.files = {path: Inode(bytearray(data), data) for path, data in files.items()}
            self.names_synced = dict(self.files)
        else:
            kept = alive.copy()
            self.files, self.names_synced = kept.files, kept.names_synced
        self.look = look
        self.thinned = 0  # moments at which not every combination was handed out
        self.changes = 0
        self.shown: object = None  # the moment that was looked at last

    def read(self, path: str, *, limit: int) -> bytes | None:
        if path.endswith(ASIDE):
            raise Unfinished(path)
        return super().read(path, limit=limit)

    def forms(self) -> Iterator[dict[str, bytes]]:
        """What the medium may hold if the power goes now."""
        paths = sorted({*self.files, *self.names_synced})
        names = [
            _distinct((self.files.get(path), self.names_synced.get(path)), key=id) for path in paths
        ]
        for choice in self._chosen(names):
            here = {path: inode for path, inode in zip(paths, choice, strict=True) if inode}
            inodes = list({id(inode): inode for inode in here.values()}.values())
            for data in self._chosen([_contents(inode) for inode in inodes]):
                held = {id(inode): one for inode, one in zip(inodes, data, strict=True)}
                yield {path: held[id(inode)] for path, inode in here.items()}

    def _chosen(self, choices: list[list[T]]) -> Iterator[tuple[T, ...]]:
        if math.prod(len(values) for values in choices) <= FORMS_LIMIT:
            return itertools.product(*choices)
        self.thinned += 1
        return _nearly_all_or_none(choices)

    def unsynced(self) -> bool:
        """Whether anything could still be lost."""
        return self.files.keys() != self.names_synced.keys() or any(
            inode is not self.names_synced[path] or inode.data != inode.synced
            for path, inode in self.files.items()
        )

    def _operate(
        self, operation: str, path: str, do: Callable[[int | None], None], length: int = 0
    ) -> None:
        self.log.append((operation, path, length))
        self.look(self)
        if operation == "append":
            self._half_done(path, do, length)
        do(None)
        self.changes += 1
        self.look(self)

    def _half_done(self, path: str, do: Callable[[int | None], None], length: int) -> None:
        begun = len(self.files[path].data)
        self.changes += 1
        for end in torn_lengths(begun, begun + length):
            do(end - begun)
            self.changes += 1
            self.look(self)
            del self.files[path].data[begun:]


def torn_lengths(begun: int, end: int) -> list[int]:
    """Where a file may end whose bytes from ``begun`` to ``end`` were on their way."""
    found = {*range(begun - begun % GRID_BYTES, end, GRID_BYTES), begun + 1}
    if begun == 0:
        found |= {end // 2, end - 1}
    return sorted(length for length in found if begun < length < end)


def _contents(inode: Inode) -> list[bytes]:
    whole, synced = bytes(inode.data), inode.synced
    if whole == synced:
        return [synced]
    kept = len(synced) if whole.startswith(synced) else 0
    torn = [whole[:length] for length in torn_lengths(kept, len(whole))]
    return _distinct((synced, *torn, whole), key=bytes)


def _distinct(values: Iterable[T], *, key: Callable[[T], object]) -> list[T]:
    return list({key(value): value for value in values}.values())


def _nearly_all_or_none(choices: list[list[T]]) -> Iterator[tuple[T, ...]]:
    for end in (0, -1):
        usual = [values[end] for values in choices]
        yield tuple(usual)
        for one, other in itertools.combinations(range(len(choices)), 2):
            for pair in itertools.product(choices[one], choices[other]):
                changed = list(usual)
                changed[one], changed[other] = pair
                yield tuple(changed)
