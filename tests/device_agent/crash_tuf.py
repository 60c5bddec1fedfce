"""What the crash sweep cuts, third: the TUF client as it follows a root and keys that changed."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

from tuf.api.exceptions import DownloadError, DownloadHTTPError, RepositoryError
from tuf.api.metadata import Metadata
from tuf.ngclient import FetcherInterface

from device_agent.errors import AgentError
from device_agent.storage.port import FileStorage
from device_agent.tuf_client import DurableUpdater, embed_root
from device_agent.update.repository import EMBEDDED
from tests.device_agent.crash_rigs import Look, Violation, World, show_all
from tests.device_agent.simulators.moments import Files, WatchedStorage
from tests.device_agent.simulators.repository import SimRepository

URL = "http://repository.test/metadata/"
TARGET = "digits/model.bundle"
ROLES = ("timestamp", "snapshot", "targets")


class MirroredStorage(FileStorage):
    """Real files, which python-tuf reads, and beside them what a cut may leave of them."""

    def __init__(self, root: Path, world: World, show: Callable[[WatchedStorage], None]) -> None:
        super().__init__(root)
        self.watched = WatchedStorage(world.files, show, alive=world.alive)
        for path, data in world.files.items():
            (root / path).parent.mkdir(exist_ok=True)
            (root / path).write_bytes(data)

    def create(self, path: str) -> None:
        super().create(path)
        self.watched.create(path)

    def append(self, path: str, data: bytes) -> None:
        super().append(path, data)
        self.watched.append(path, data)

    def sync(self, path: str) -> None:
        self.watched.sync(path)

    def rename(self, old: str, new: str) -> None:
        super().rename(old, new)
        self.watched.rename(old, new)

    def remove(self, path: str) -> None:
        super().remove(path)
        self.watched.remove(path)

    def make_folder(self, folder: str) -> None:
        super().make_folder(folder)
        self.watched.make_folder(folder)

    def sync_folder(self, folder: str) -> None:
        self.watched.sync_folder(folder)


class SimFetcher(FetcherInterface):
    def __init__(self, repository: SimRepository) -> None:
        super().__init__()
        self._repository = repository

    def _fetch(self, url: str) -> Iterator[bytes]:
        data = self._repository.answer(urlsplit(url).path)
        if data is None:
            raise DownloadHTTPError("not there", 404)
        yield data


class TufRig:
    """A client that has seen a repository, whose keys have since been replaced, all of them."""

    name = "repository"

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._repository = SimRepository()
        self._repository.add(TARGET, b"first")
        self._root = self._repository.files["/metadata/1.root.json"]
        embed_root(FileStorage(folder), self._root)
        self._look_up(FileStorage(folder))
        found = [path for path in folder.rglob("*") if path.is_file()]
        held = {str(path.relative_to(folder)): path.read_bytes() for path in found}
        self._before, self._stored = World(held, ()), self._versions(held)
        for role in ("root", *ROLES):
            self._repository.rotate(role)
        self._repository.add(TARGET, b"second, and longer")

    def begin(self) -> World:
        return self._before

    def run(self, world: World, look: Look | None) -> WatchedStorage:
        shutil.rmtree(self._folder)

        def show(storage: WatchedStorage) -> None:
            if look:
                show_all(storage, lambda found: look(self._checked(found)), ())

        storage = MirroredStorage(self._folder, world, show)
        try:
            length = self._look_up(storage)
        except (RepositoryError, DownloadError, AgentError) as error:
            raise Violation(f"the client does not verify any more: {error}") from error
        if length != len(b"second, and longer"):
            raise Violation(f"the client believes an older description, of {length} bytes")
        if (self._folder / EMBEDDED).read_bytes() != self._root:
            raise Violation("the embedded root is another")
        return storage.watched

    def _look_up(self, storage: FileStorage) -> int:
        updater = DurableUpdater(storage, URL, fetcher=SimFetcher(self._repository))
        return updater.describe(TARGET).length

    def _checked(self, world: World) -> World:
        found = self._versions(world.files)
        if any(now < before for now, before in zip(found, self._stored, strict=True)):
            raise Violation("an older version is stored than before")
        return world

    def _versions(self, files: Files) -> tuple[int, ...]:
        """What is stored of each role; every cut must leave one."""
        found = []
        for role in ROLES:
            try:
                version: int = Metadata.from_bytes(files[f"{role}.json"]).signed.version
            except (KeyError, RepositoryError) as error:
                raise Violation(f"a cut leaves no {role}: {error}") from error
            found.append(version)
        return tuple(found)
