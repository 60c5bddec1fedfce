"""`manage.py backup PLACE`: everything that the service needs to come back, verified."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from fleet import env
from fleet.env import WrongVariable
from fleet.lib.errors import FleetError
from ota.backup.manifest import BackupManifest
from ota.backup.save import backup_make

PASSPHRASE = "EDGEFLEET_BACKUP_PASSPHRASE"  # noqa: S105 - a variable's name
PLACE = "a folder that does not exist yet, or s3://BUCKET/PREFIX?endpoint_url=…&region_name=…"


def passphrase_of(*, wanted: bool) -> str | None:
    """Return the passphrase from its variable or file. Raises CommandError where it is wanted and
    not there.
    """
    if not wanted:
        return None
    try:
        found = env.secret(PASSPHRASE)
    except WrongVariable as error:
        raise CommandError(str(error)) from error
    if not found:
        raise CommandError(f"Private keys are sealed: set {PASSPHRASE}_FILE or {PASSPHRASE}.")
    return found


def described(manifest: BackupManifest) -> str:
    """Return what a backup is, as lines."""
    rows = sum(table.rows for table in manifest.tables.values())
    lines = [
        f"of {manifest.made_at} by EdgeFleet {manifest.service}, epoch {manifest.epoch}",
        f"{manifest.database}: {rows} rows in {len(manifest.tables)} tables",
        f"{len(manifest.blobs)} blobs; {manifest.size_bytes} bytes altogether",
    ]
    return "\n".join([*lines, *(f"left out: {each}" for each in manifest.left_out)])


class Command(BaseCommand):
    """Writes one whole or not at all, while the service runs."""

    help = "Back up database, blobs, update repository and key book."
    requires_system_checks: Any = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Where to, and whether with private keys."""
        parser.add_argument("place", help=PLACE)
        parser.add_argument(
            "--with-keys",
            action="store_true",
            help=f"private keys too, sealed with the passphrase of {PASSPHRASE}_FILE",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Make it."""
        del args
        try:
            made = backup_make(
                options["place"],
                passphrase=passphrase_of(wanted=options["with_keys"]),
                say=self._write_line,
            )
        except (FleetError, WrongVariable, OSError) as error:
            raise CommandError(str(getattr(error, "message", error))) from error
        self.stdout.write(f"Backup {options['place'].partition('?')[0]}\n{described(made)}")

    def _write_line(self, text: str) -> None:
        self.stderr.write(text)
