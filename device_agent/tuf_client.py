"""A TUF client that survives a power cut: ``python -m device_agent.tuf_client``.

python-tuf's updater decides everything; this module decides only where its bytes go:

* Metadata goes through the storage port: written aside, synced, renamed, the name synced.
* ``root.json`` is a file that is replaced at once, not a link that is taken away and made again.
* Every start verifies the chain from the root that was embedded at ``init``; no later file is
  needed to begin, so nothing that is lost can lock the client out.
* A target is written aside and renamed when its length and hashes are right.

The commands and options are those of the tuf-conformance client protocol.
"""

import argparse
import json
import logging
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from tuf.api.exceptions import DownloadError, RepositoryError
from tuf.api.metadata import Metadata, Root
from tuf.ngclient import FetcherInterface, TargetFile, Updater, UpdaterConfig

from device_agent.errors import AgentError, NotEnrolled, StorageUnusable
from device_agent.storage import durable
from device_agent.storage.port import FileStorage
from device_agent.update.repository import EMBEDDED, EXIT_REFUSED, EXIT_STORAGE, EXIT_UNREACHABLE

HISTORY = "root_history"
ROOT = "root.json"
METADATA_LIMIT = 8 * 1024 * 1024  # bytes of one stored metadata file
ROTATIONS_LIMIT = 256  # root versions caught up with at once
ASIDE = "%new"  # no target is stored under such a name: a quoted name has hex after a %


class DurableUpdater(Updater):
    """python-tuf's updater over storage that lasts."""

    def __init__(
        self,
        storage: FileStorage,
        metadata_url: str,
        *,
        target_dir: Path | None = None,
        target_url: str | None = None,
        now: int | None = None,
        fetcher: FetcherInterface | None = None,
    ) -> None:
        self._storage = storage
        embedded = storage.read(EMBEDDED, limit=METADATA_LIMIT)
        if embedded is None:
            raise NotEnrolled(f"{storage.root} has no embedded root; run 'init' first.")
        self._root_is_known = False
        super().__init__(
            str(storage.root),
            metadata_url,
            target_dir=str(target_dir) if target_dir else None,
            target_base_url=target_url,
            fetcher=fetcher,
            # Every start follows the chain from the embedded root: what is here already is free.
            config=UpdaterConfig(max_root_rotations=ROTATIONS_LIMIT + len(storage.names(HISTORY))),
            bootstrap=embedded,
        )
        self._root_is_known = True
        if now is not None:
            # The machine's clock may be wrong by decades; whoever asks knows a better time.
            self._trusted_set.reference_time = datetime.fromtimestamp(now, UTC)

    def fetch_target(self, name: str) -> Path:
        """Download a target, or find that it is already here; its place in the target folder."""
        found = self.describe(name)
        place = Path(self._generate_target_file_path(found))
        if self.find_cached_target(found, str(place)) is None:
            self._fetch_aside(found, place)
        return place

    def describe(self, name: str) -> TargetFile:
        """Return what is signed about a target."""
        found = self.get_targetinfo(name)
        if found is None:
            raise RepositoryError(f"No role signs a target named '{name}'.")
        return found

    def _fetch_aside(self, found: TargetFile, place: Path) -> None:
        folder = FileStorage(place.parent)
        aside = place.name + ASIDE
        self.download_target(found, str(place.parent / aside))
        folder.sync(aside)
        folder.rename(aside, place.name)
        folder.sync_folder("")

    def _persist_file(self, filename: str, data: bytes) -> None:
        path = str(Path(filename).relative_to(self._storage.root))
        if self._storage.read(path, limit=METADATA_LIMIT) != data:
            durable.replace(self._storage, path, data)

    def _persist_root(self, version: int, data: bytes) -> None:
        self._storage.make_folder(HISTORY)
        self._storage.sync_folder("")
        self._persist_file(str(self._storage.root / HISTORY / f"{version}.{ROOT}"), data)

    def _update_root_symlink(self) -> None:
        # Called with the embedded root first: writing that would only be undone in a moment.
        if not self._root_is_known:
            return
        version = self._trusted_set.root.version
        current = self._storage.read(f"{HISTORY}/{version}.{ROOT}", limit=METADATA_LIMIT)
        if current is not None:
            self._persist_file(str(self._storage.root / ROOT), current)


def embed_root(storage: FileStorage, root: bytes) -> None:
    """Make ``root`` what everything else is verified from; refused unless it signs itself."""
    parsed = Metadata[Root].from_bytes(root)
    parsed.verify_delegate(Root.type, parsed)
    durable.replace(storage, EMBEDDED, root)
    durable.replace(storage, ROOT, root)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command of the client protocol; exit code 0 = verified, 1 = not.

    ``lookup`` is our own: it tells an unreachable repository (4) and a bad medium (5) apart.
    """
    parsed = _parser().parse_args(arguments)
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr)
    try:
        parsed.run(parsed)
    except (RepositoryError, DownloadError, AgentError, OSError, ValueError) as error:
        sys.stderr.write(f"{type(error).__name__}: {error}\n")
        return _exit_code(error) if parsed.run is lookup else EXIT_REFUSED
    return 0


def init(parsed: argparse.Namespace) -> None:
    """Embed a trusted root; no network."""
    embed_root(FileStorage(Path(parsed.metadata_dir)), Path(parsed.trusted_root).read_bytes())


def refresh(parsed: argparse.Namespace) -> None:
    """Bring the top-level metadata up to date."""
    _updater(parsed).refresh()


def download(parsed: argparse.Namespace) -> None:
    """Fetch targets with one and the same view of the repository; stop at the first failure."""
    updater = _updater(parsed)
    for name in parsed.target_name:
        updater.fetch_target(name)


def lookup(parsed: argparse.Namespace) -> None:
    """Print what is signed about the targets, one line of JSON each; null where nothing is."""
    updater = _updater(parsed)
    for name in parsed.target_name:
        sys.stdout.write(json.dumps(answer_of(updater.get_targetinfo(name))) + "\n")


def answer_of(found: TargetFile | None) -> dict[str, object] | None:
    """Return what ``repository.lookup_result_of`` reads."""
    if found is None:
        return None
    return {"length": found.length, "custom": found.custom, **found.hashes}


def _exit_code(error: Exception) -> int:
    if isinstance(error, DownloadError):
        return EXIT_UNREACHABLE
    if isinstance(error, StorageUnusable | OSError):
        return EXIT_STORAGE
    return EXIT_REFUSED


def _updater(parsed: argparse.Namespace) -> DurableUpdater:
    return DurableUpdater(
        FileStorage(Path(parsed.metadata_dir)),
        parsed.metadata_url,
        target_dir=Path(parsed.target_dir) if parsed.target_dir else None,
        target_url=parsed.target_base_url,
        now=parsed.now,
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m device_agent.tuf_client")
    parser.add_argument("--metadata-dir", required=True)
    parser.add_argument("--metadata-url")
    parser.add_argument("--target-name", action="append", default=[])
    parser.add_argument("--target-dir")
    parser.add_argument("--target-base-url")
    parser.add_argument("--now", type=int, help="Unix seconds to judge expiry by")
    commands = parser.add_subparsers(required=True)
    begin = commands.add_parser("init")
    begin.add_argument("trusted_root")
    begin.set_defaults(run=init)
    commands.add_parser("refresh").set_defaults(run=refresh)
    commands.add_parser("download").set_defaults(run=download)
    commands.add_parser("lookup").set_defaults(run=lookup)
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
