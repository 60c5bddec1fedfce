"""The agent's TUF client, whole, with the real service's views instead of a socket."""

from collections.abc import Iterator
from pathlib import Path

from tuf.api.exceptions import DownloadHTTPError, RepositoryError
from tuf.ngclient import FetcherInterface

from device_agent.errors import Unverified
from device_agent.net.transport import Request, Wire
from device_agent.storage import durable
from device_agent.storage.port import FileStorage
from device_agent.tuf_client import DurableUpdater, answer_of
from device_agent.update.repository import EMBEDDED, LookupResult, lookup_result_of, names_of

METADATA_LIMIT = 8 * 1024 * 1024  # bytes


class WireFetcher(FetcherInterface):
    """Fetches over the agent's wire, and without a token: the repository is public."""

    def __init__(self, wire: Wire) -> None:
        super().__init__()
        self._wire = wire

    def _fetch(self, url: str) -> Iterator[bytes]:
        answer = self._wire.fetch(Request("GET", url), limit=METADATA_LIMIT)
        if answer.status != 200:
            raise DownloadHTTPError(f"{url} answered with {answer.status}", answer.status)
        yield answer.body


class ServiceRepository:
    """What the real service's repository says, verified as on a device."""

    def __init__(self, wire: Wire, folder: Path) -> None:
        self._wire, self._storage = wire, FileStorage(folder)

    def look_up(self, url: str, path: str, *, root: bytes, now: float) -> LookupResult:
        durable.replace(self._storage, EMBEDDED, root)
        metadata = f"{url.rstrip('/')}/metadata/"
        fetcher = WireFetcher(self._wire)
        try:
            updater = DurableUpdater(self._storage, metadata, now=int(now), fetcher=fetcher)
            answers = [answer_of(updater.get_targetinfo(name)) for name in names_of(path)]
        except RepositoryError as error:
            raise Unverified(str(error)) from error
        return lookup_result_of(path, answers)
