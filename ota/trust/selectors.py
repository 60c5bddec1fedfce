"""What anybody may read of the update repository: signed metadata, and the files it lists."""

import re
from datetime import datetime

from tuf.api.metadata import Metadata, Targets

from builds.keyring import process as process_keys
from device_agent.protocol import keyset
from fleet.lib.errors import NotFound, Unavailable
from ota.choices import RequestKind, RequestState
from ota.engine.states import ReleaseState
from ota.models import ReleaseArtifact
from ota.models.repository import TufMetadata
from ota.trust.signer import repository
from ota.trust.tuf import published_metadata
from ota.trust.tuf.roles import ROOT, TARGETS, TIMESTAMP, Alarm

NAME = re.compile(r"(?:(\d{1,18})\.)?([a-z][a-z0-9-]{0,95})\.json")
PATH = re.compile(
    r"([a-z0-9-]{1,64})/([A-Za-z0-9._+-]{1,64})/([A-Za-z0-9._-]{1,64})/([0-9a-f]{64})\.([^/]{1,120})"
)
KEYS = re.compile(r"_keys/([0-9a-f]{64})\.devices\.json")


def metadata(name: str) -> tuple[TufMetadata, bytes]:
    """Return a metadata file by its name in the repository. Raises NotFound.

    Only the timestamp and, for people, the root have a name without a version.
    """
    found = NAME.fullmatch(name)
    row = None
    if found and found[1]:
        row = published_metadata.row(found[2], int(found[1]))
    elif found and found[2] in (TIMESTAMP, ROOT):
        row = published_metadata.latest(found[2])
    if row is None:
        raise NotFound(f"The repository has no {name[:80]!r}.")
    return row, published_metadata.data(row)


def target(path: str) -> ReleaseArtifact:
    """Return a listed file by its path with the digest before its name. Raises NotFound."""
    found = PATH.fullmatch(path)
    row = _listed(*found.groups()) if found else None
    if row is None:
        raise NotFound("The repository has no such file.")
    return row


def key_document(path: str) -> bytes | None:
    """Return the keys that devices follow, as a file; None if the path is another one.

    Raises NotFound for a set that was replaced.
    """
    found = KEYS.fullmatch(path)
    if found is None:
        return None
    row = published_metadata.latest(TARGETS)
    top = Metadata[Targets].from_bytes(published_metadata.data(row)) if row else None
    listed = top.signed.targets.get(keyset.PATH) if top else None
    if listed is None or listed.hashes["sha256"] != found[1]:
        raise NotFound("The repository has no such file.")
    return keyset.key_set_bytes(listed.custom)


def _listed(
    model: str, label: str, target: str, sha256: str, filename: str
) -> ReleaseArtifact | None:
    rows = ReleaseArtifact.objects.filter(
        release__version__model__name=model,
        release__version__label=label,
        release__state=ReleaseState.PUBLISHED,
        release__signing_requests__kind=RequestKind.PUBLISH,
        release__signing_requests__state=RequestState.SIGNED,
        target=target,
        sha256=sha256,
        filename=filename,
    )
    return rows.first()


def root_bytes() -> bytes:
    """Return the newest root, for a device to embed.

    Raises Unavailable while there is none: a device that joined without one would never ask again.
    """
    row = published_metadata.latest(ROOT)
    if row is None and process_keys.may_open(process_keys.REPOSITORY):
        repository.repository_maintain()
        row = published_metadata.latest(ROOT)
    if row is None:
        raise Unavailable("The update repository has no root yet: start the signer.")
    return published_metadata.data(row)


def alarms(now: datetime) -> list[Alarm]:
    """Return an alarm for each role whose metadata expires soon."""
    return published_metadata.alarms(now)
