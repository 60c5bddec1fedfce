"""`manage.py restore PLACE`: bring a backup back into an empty database; `--verify` only reads."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError

from fleet.env import WrongVariable
from fleet.lib.errors import FleetError
from ota.backup import restore
from ota.management.commands.backup import described, passphrase_of

NEXT = """\
Restored, and a new epoch begun: numbers of actions never come again, and every device is asked what
it runs. Next: start the service, then 'manage.py keys status' and 'manage.py audit_verify'. Tokens
and users that were taken away after the backup are back: take them away again."""


FILES = "Blobs and keys are back. Next: 'manage.py keys repair', then 'manage.py keys status'."


class Command(BaseCommand):
    """Looks at everything before it changes anything, and asks."""

    help = "Restore a backup into an empty database, or verify it."
    requires_system_checks: Any = []

    def add_arguments(self, parser: CommandParser) -> None:
        """From where, and what else is wanted."""
        parser.add_argument("place", help="a folder, or s3://BUCKET/PREFIX?…")
        parser.add_argument("--verify", action="store_true", help="read it whole, change nothing")
        parser.add_argument("--with-keys", action="store_true", help="bring private keys back, too")
        parser.add_argument(
            "--keep-keys", action="store_true", help="the folder of keys that is here stays"
        )
        parser.add_argument(
            "--only-files",
            action="store_true",
            help="blobs and keys, for a database that was kept",
        )
        parser.add_argument("--yes", action="store_true", help="do not ask")

    def handle(self, *args: Any, **options: Any) -> None:
        """Do it."""
        del args
        try:
            if options["verify"]:
                found = restore.backup_check(options["place"], self._write_line)
                self.stdout.write(f"The backup is whole.\n{described(found)}")
            else:
                self._restore(options)
        except (FleetError, WrongVariable, OSError, DatabaseError) as error:
            raise CommandError(str(getattr(error, "message", error))) from error

    def _restore(self, options: dict[str, Any]) -> None:
        if options["keep_keys"] and options["with_keys"]:
            raise CommandError("Either --keep-keys or --with-keys.")
        wanted = restore.plan(
            options["place"],
            passphrase=passphrase_of(wanted=options["with_keys"]),
            keep_keys=options["keep_keys"],
            only_files=options["only_files"],
            say=self._write_line,
        )
        self.stdout.write(described(wanted.manifest))
        if not options["yes"] and input("Restore it here? Write yes: ").strip() != "yes":
            raise CommandError("Nothing was changed.")
        restore.carry_out(wanted, self._write_line)
        self.stdout.write(FILES if options["only_files"] else NEXT)

    def _write_line(self, text: str) -> None:
        self.stderr.write(text)
