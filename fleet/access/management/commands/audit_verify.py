"""`manage.py audit_verify`: is the chain of the audit log whole? Exit 0 yes, 1 no."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from fleet.access import audit


class Command(BaseCommand):
    """Walks the chain and names the first broken link."""

    help = "Verify the audit log's hash chain; names the first broken link."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take a head that was noted earlier."""
        parser.add_argument(
            "--head", help="a hash printed by an earlier run: it must still be in the chain"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the verdict. Raises CommandError for a broken or cut chain."""
        del args
        verdict = audit.verify()
        if not verdict.whole:
            raise CommandError(f"The chain breaks at entry {verdict.broken_at}: {verdict.reason}.")
        if options["head"] and not audit.knows_head(options["head"]):
            raise CommandError(
                "The chain does not hold the given head: entries were cut off or rewritten."
            )
        self.stdout.write(f"whole: {verdict.entries} entries, head {verdict.head}")
