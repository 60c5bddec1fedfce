"""Whether a backup is whole: every byte that its manifest names is there, unchanged."""

from fleet.lib.errors import TooLarge
from ota.backup import manifest as manifests
from ota.backup.database import Say
from ota.backup.manifest import MANIFEST_MAX, BackupManifest, Kept, NoBackup, blob_name
from ota.backup.places import Place, measured
from ota.backup.progress import Progress


def manifest_read(place: Place) -> BackupManifest:
    """Raises NoBackup where there is none, as after a backup that was cut off."""
    try:
        with place.open(manifests.NAME) as file:
            data = file.read(MANIFEST_MAX + 1)
    except NoBackup as error:
        raise NoBackup(
            f"That is not a complete backup: {error.message} The manifest is written last, so the "
            "backup was cut off, or this is another folder."
        ) from error
    if len(data) > MANIFEST_MAX:
        raise TooLarge(f"{manifests.NAME} has more than {MANIFEST_MAX} bytes.")
    return manifests.parse(data)


def files_check(place: Place, manifest: BackupManifest, say: Say) -> None:
    """Read everything back. Raises NoBackup for the first file that is not as it was written."""
    wanted = {
        **manifest.files,
        **{blob_name(sha256): Kept(sha256, size) for sha256, size in manifest.blobs.items()},
    }
    progress = Progress("verified", "files", say)
    for number, (name, kept) in enumerate(sorted(wanted.items()), start=1):
        with place.open(name) as file:
            found = measured(file)
        if found != kept:
            raise NoBackup(
                f"{name} is damaged: it has {found.size_bytes} bytes with the digest "
                f"{found.sha256[:12]}…, not {kept.size_bytes} with {kept.sha256[:12]}…."
            )
        progress.at(number, len(wanted))
