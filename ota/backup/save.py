"""Makes a backup: database and key book of one moment, then every blob that the database names.

Blobs are written once and never changed, so those may be copied later. Everything is read back from
where it was written before the manifest is: a backup that is there has been verified.
"""

import io
from collections.abc import Mapping

from django.db import connection

from fleet import __version__
from fleet.lib import clock
from fleet.lib.errors import FleetError, Unavailable
from ota.backup import database, keys, places, sealing
from ota.backup import manifest as manifests
from ota.backup.check import files_check
from ota.backup.database import Say
from ota.backup.manifest import KEYS, SEALED, BackupManifest, blob_name
from ota.backup.places import Place
from ota.backup.progress import Progress
from registry import blobs


def backup_make(where: str, *, passphrase: str | None, say: Say) -> BackupManifest:
    """Make one at a folder or an S3 address; with a passphrase, private keys are in it, sealed.

    Raises FleetError, and then there is none.
    """
    here = database.here()
    with places.draft(where) as place:
        with keys.still():
            content = here.save(place, say)
            found, left_out = _keys()
        _put_keys(place, found, passphrase)
        left_out += _private_left_out(found, passphrase)
        _put_blobs(place, content.blobs, say)
        files = {name: kept for name, kept in place.written.items() if not _is_blob(name)}
        made = BackupManifest(
            made_at=clock.now().isoformat(timespec="seconds"),
            service=__version__,
            database=connection.vendor,
            migrations=content.migrations,
            tables=content.tables,
            epoch=content.epoch,
            metadata=content.metadata,
            blobs=content.blobs,
            files=files,
            left_out=(*left_out, *(f"{uri}: it stays where it is" for uri in found.elsewhere)),
        )
        files_check(place, made, say)
        here.check(place, made)
        places.put(place, manifests.NAME, io.BytesIO(manifests.dump(made)))
    return made


def _keys() -> tuple[keys.FoundKeys, tuple[str, ...]]:
    """Return the folder of keys, or why it is not in the backup."""
    try:
        return keys.gather(), ()
    except Unavailable as error:
        return keys.FoundKeys({}, {}), (f"the folder of keys: {error.message}",)


def _put_keys(place: Place, found: keys.FoundKeys, passphrase: str | None) -> None:
    for name, data in found.public.items():
        places.put(place, KEYS + name, io.BytesIO(data))
    if passphrase is not None:
        places.put(place, SEALED, io.BytesIO(sealing.seal(found.private, passphrase)))


def _private_left_out(found: keys.FoundKeys, passphrase: str | None) -> tuple[str, ...]:
    if passphrase is not None:
        return ()
    return tuple(
        f"{keys.place_of(name)}: private, and no passphrase was given" for name in found.private
    )


def _is_blob(name: str) -> bool:
    return name.startswith("blobs/")


def _put_blobs(place: Place, wanted: Mapping[str, int], say: Say) -> None:
    progress = Progress("blobs", "blobs", say)
    for number, sha256 in enumerate(wanted, start=1):
        try:
            with blobs.open_unchecked(sha256) as stream:
                kept = places.put(place, blob_name(sha256), stream)
        except FleetError as error:
            raise Unavailable(f"There is no backup: {error.message}") from error
        if kept.sha256 != sha256:
            raise Unavailable(
                f"There is no backup: blob {sha256} is damaged in storage. "
                "See 'manage.py keys repair' for metadata; else push or build it again."
            )
        progress.at(number, len(wanted))
