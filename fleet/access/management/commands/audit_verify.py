"""`manage.py audit_verify`: is the chain of the audit log whole? Exit 0 yes, 1 no."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.serialization import load_pem_public_key
from django.core.management.base import BaseCommand, CommandError
from securesystemslib.signer import SSlibKey

from fleet.access import audit
from fleet.access.audit import checkpoint


class Command(BaseCommand):
    """Walks the chain and names the first broken link."""

    help = "Verify the audit log's hash chain; names the first broken link."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take a head that was noted earlier, and a key that is trusted without the database."""
        parser.add_argument(
            "--head", help="a hash printed by an earlier run: it must still be in the chain"
        )
        parser.add_argument("--key", type=Path, help="PEM that must have signed the daily heads")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the verdict. Raises CommandError for a broken or cut chain."""
        del args
        verdict = audit.verify(_trusted(options["key"]))
        if not verdict.whole:
            raise CommandError(f"The chain breaks at entry {verdict.broken_at}: {verdict.reason}.")
        if options["head"] and not audit.knows_head(options["head"]):
            raise CommandError(
                "The chain does not hold the given head: entries were cut off or rewritten."
            )
        self.stdout.write(f"whole: {verdict.entries} entries, head {verdict.head}")
        if last := checkpoint.newest():
            self.stdout.write(
                f"signed: {last.entries} entries on {last.signed_at:%Y-%m-%d %H:%M} by {last.keyid}"
            )


def _trusted(path: Path | None) -> dict[str, str] | None:
    """Return the key in a file, under the id that signatures name it by."""
    if path is None:
        return None
    try:
        key = SSlibKey.from_crypto(load_pem_public_key(path.read_bytes()))
    except (OSError, ValueError) as error:
        raise CommandError(f"{path} holds no public key: {error}.") from error
    return {key.keyid: str(key.keyval["public"])}
