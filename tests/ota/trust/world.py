"""A service with releases, and python-tuf's own client in front of it."""

from pathlib import Path
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.serialization import load_pem_public_key
from django.test import Client
from securesystemslib.signer import SSlibKey
from tuf.api.exceptions import DownloadHTTPError
from tuf.ngclient import Updater, UpdaterConfig
from tuf.ngclient.fetcher import FetcherInterface

from fleet.lib.hashing import sha256_hex
from ota import services
from ota.models import Release
from ota.trust import selectors
from ota.trust.admission import rules as policy
from ota.trust.signer import repository
from tests.ota import makers
from tests.personas import SYSTEM

BASE = "http://testserver/tuf/"


class ViewFetcher(FetcherInterface):
    """Fetches from the service's own views, without a socket."""

    def __init__(self) -> None:
        self.seen: list[str] = []

    def _fetch(self, url: str):  # type: ignore[no-untyped-def] # an iterator of bytes
        self.seen.append(url)
        answer = Client().get(urlsplit(url).path)
        if answer.status_code != 200:
            raise DownloadHTTPError("refused", answer.status_code)
        data = answer.getvalue()
        assert int(answer["Content-Length"]) == len(data)
        return iter([data])


def updater(folder: Path, root: bytes | None = None, base: str = BASE, **extra: object) -> Updater:
    """A client that embeds a root the first time, and remembers the rest in its folder."""
    (folder / "files").mkdir(parents=True, exist_ok=True)
    embedded = folder / "embedded"
    if not embedded.exists():
        embedded.write_bytes(root or selectors.root_bytes())
    config = UpdaterConfig()
    return Updater(
        str(folder),
        f"{base}metadata/",
        str(folder / "files"),
        f"{base}targets/",
        config=config,
        bootstrap=embedded.read_bytes(),
        **{"fetcher": ViewFetcher(), **extra},  # type: ignore[arg-type]
    )


def fetched(folder: Path, path: str, **extra: object) -> bytes | None:
    """What a client that comes by now gets for a path: None where nothing is listed."""
    client = updater(folder, **extra)  # type: ignore[arg-type]
    found = client.get_targetinfo(path)
    return Path(client.download_target(found)).read_bytes() if found else None


def published(label: str = "1.0") -> Release:
    """A release that went through every door."""
    made = services.release_create(by=SYSTEM, version=makers.version(label))
    services.release_approve(by=SYSTEM, release=made)
    return services.release_publish(by=SYSTEM, release=made)


def listed(label: str = "1.0") -> Release:
    """A published release that the signer has listed."""
    made = published(label)
    repository.requests_sign()
    return made


def path(release: Release) -> str:
    """Where its only file stands."""
    return policy.path_of(release, release.artifacts.get())


def digest(release: Release) -> str:
    """What its only file must hash to."""
    return str(release.artifacts.get().sha256)


def is_genuine(data: bytes | None, release: Release) -> bool:
    """Whether these are the release's bytes."""
    return data is not None and sha256_hex(data) == digest(release)


def keyid_of(pem: Path) -> str:
    """The id under which the repository knows a public key."""
    return str(SSlibKey.from_crypto(load_pem_public_key(pem.read_bytes())).keyid)
