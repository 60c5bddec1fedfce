"""Brings a backup back: everything is looked at first, and the database comes last, in one step.

* Nothing is changed for a backup that is half, damaged or newer, or where somebody is at home.
* What a killed restore leaves are blobs and keys of this very backup: it may simply be run again.
* The database that comes back begins a new epoch (`ota.epochs`) before anybody sees it.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from builds.signing.errors import SigningError
from builds.signing.keybook import KeyBook
from fleet.lib.actor import system
from fleet.lib.errors import Refused
from ota import epochs
from ota.backup import database, keys, places, sealing
from ota.backup.check import files_check, manifest_read
from ota.backup.database import Say
from ota.backup.manifest import KEYS, SEALED, BackupManifest, blob_name
from ota.backup.places import Place
from ota.backup.progress import Progress
from ota.trust.keys import key_store
from ota.trust.tuf import soundness
from ota.trust.tuf.roles import ACTIONS
from registry import blobs

RESTORER = system("restore")


@dataclass(frozen=True)
class RestorePlan:
    """A backup that may be restored here."""

    place: Place
    manifest: BackupManifest
    keys: Mapping[str, bytes]
    only_files: bool


def backup_check(where: str, say: Say) -> BackupManifest:
    """Read a backup whole. Raises NoBackup if it is not."""
    place = places.found(where)
    manifest = manifest_read(place)
    database.require_readable(manifest)
    files_check(place, manifest, say)
    database.here().check(place, manifest)
    return manifest


def plan(
    where: str, *, passphrase: str | None, keep_keys: bool, only_files: bool, say: Say
) -> RestorePlan:
    """Look at everything. Raises FleetError with the reason why it cannot be restored here.

    With `only_files`, the database that is here was kept, and gets back its blobs and keys.
    """
    manifest = backup_check(where, say)
    place = places.found(where)
    files = {} if keep_keys else _keys(place, manifest, passphrase)
    if not only_files:
        database.here().require_empty()
    if not keep_keys:
        keys.require_room(files)
    return RestorePlan(place, manifest, files, only_files=only_files)


def carry_out(wanted: RestorePlan, say: Say) -> None:
    """Restore: blobs, keys, database."""
    manifest, place = wanted.manifest, wanted.place
    _blobs(place, manifest, say)
    keys.bring_back(wanted.keys)
    if wanted.only_files:
        return
    because = f"restored from the backup of {manifest.made_at}"
    database.here().load(place, manifest, lambda: _begin(because))
    _decided(say)


def _decided(say: Say) -> None:
    """Let the key book know, where it is at hand, that a person goes on with this database."""
    try:
        book = KeyBook(key_store.folder())
        if book.exists():
            with keys.still():
                soundness.decided(book)
    except (OSError, SigningError) as error:
        say(f"The key book was not told ({error}): run 'manage.py keys repair' beside it.")


def _begin(because: str) -> None:
    epochs.begin(by=RESTORER, because=because, offered=_last_offered())


def _last_offered() -> int:
    """Return the last action of which the key book knows, which may know more than the backup; 0
    where it is not at hand.
    """
    try:
        book = KeyBook(key_store.folder())
        return book.mark(ACTIONS).version if book.exists() else 0
    except (OSError, SigningError):
        return 0


def _keys(place: Place, manifest: BackupManifest, passphrase: str | None) -> dict[str, bytes]:
    files = {}
    for name in manifest.files:
        if name.startswith(KEYS):
            with place.open(name) as file:
                files[name.removeprefix(KEYS)] = file.read()
    if passphrase is None:
        return files
    if SEALED not in manifest.files:
        raise Refused("The backup holds no private keys: restore it without a passphrase.")
    with place.open(SEALED) as file:
        return {**files, **sealing.unseal(file.read(sealing.SEALED_MAX), passphrase)}


def _blobs(place: Place, manifest: BackupManifest, say: Say) -> None:
    progress = Progress("blobs", "blobs", say)
    for number, (sha256, size) in enumerate(manifest.blobs.items(), start=1):
        with place.open(blob_name(sha256)) as stream:
            blobs.put_back(stream, sha256=sha256, size_bytes=size)
        progress.at(number, len(manifest.blobs))
